import { describe, expect, test } from 'vitest';
import { checkedEndpoint, checkedRepository, checkedRevision, fileUrl, listingUrl } from './hubAddress';
import { authorization, setHubToken } from './hubToken';

describe('what a person types is checked before anything is asked', () => {
  test('addresses of hubs', () => {
    expect(checkedEndpoint('https://huggingface.co/')).toBe('https://huggingface.co');
    expect(checkedEndpoint('http://localhost:8080/mirror/hf//')).toBe('http://localhost:8080/mirror/hf');
    for (const bad of [
      '',
      'huggingface.co',
      'ftp://a.b',
      'javascript:alert(1)',
      'https://me:secret@a.b',
      'https://a.b?x',
      'https://a.b#x',
    ])
      expect(() => checkedEndpoint(bad), bad).toThrow('hub address: must be like');
    expect(() => checkedEndpoint('https://me:secret@a.b')).not.toThrow('secret');
  });

  test('repositories and revisions', () => {
    for (const good of ['gpt2', 'Qwen/Qwen2.5-0.5B-Instruct', 'a_b/c.d']) expect(checkedRepository(good)).toBe(good);
    for (const bad of ['', 'a/b/c', '../b', 'a/..', '/b', 'a b/c', 'a/b?x', 'a--b/c', `a/${'b'.repeat(99)}`])
      expect(() => checkedRepository(bad), bad).toThrow('must be like org/name');
    for (const good of ['main', 'v1.0', 'refs/pr/1', 'a'.repeat(40)]) expect(checkedRevision(good)).toBe(good);
    for (const bad of ['', '../main', 'a b', '/x', 'x/', 'a\nb', 'a^'])
      expect(() => checkedRevision(bad), bad).toThrow('revision: must be');
  });

  test('become parts of an address, never more', () => {
    expect(listingUrl('https://h', 'a/b', 'refs/pr/1')).toBe(
      'https://h/api/models/a/b/revision/refs%2Fpr%2F1?blobs=true',
    );
    expect(fileUrl('https://h', 'a/b', 'c0', 'x y?#.json')).toBe('https://h/a/b/resolve/c0/x%20y%3F%23.json');
  });
});

test('a token goes to https and to this computer only, and is never repeated', () => {
  for (const endpoint of ['https://a.b', 'http://localhost:1', 'http://127.0.0.1:2', 'http://[::1]:3']) {
    setHubToken(endpoint, 'hf_secret');
    expect(authorization(endpoint)).toEqual({ Authorization: 'Bearer hf_secret' });
    expect(authorization('https://c.d')).toEqual({});
    setHubToken(endpoint, null);
    expect(authorization(endpoint)).toEqual({});
  }
  const refused: [string, string][] = [
    ['http://a.b', 'hf_secret'],
    ['https://a.b', 'hf_secret\r\nX: y'],
    ['https://a.b', 'hf_secret é'],
  ];
  for (const [endpoint, token] of refused) {
    expect(() => setHubToken(endpoint, token)).toThrow('access token:');
    expect(() => setHubToken(endpoint, token)).not.toThrow('hf_secret');
    expect(authorization(endpoint)).toEqual({});
  }
});
