import { expect, test } from 'vitest';
import { fileChunks } from './fileBytes';

const text = Array.from({ length: 1000 }, (_, at) => String.fromCharCode(97 + (at % 26))).join('');

async function chunksOf(file: File, chunkBytes: number): Promise<{ lengths: number[]; done: number[] }> {
  const lengths: number[] = [];
  const done: number[] = [];
  for await (const chunk of fileChunks(file, chunkBytes, (_, doneBytes) => done.push(doneBytes)))
    lengths.push(chunk.length);
  return { lengths, done };
}

test('chunks are at most as long as asked for, and say how far they reach', async () => {
  const { lengths, done } = await chunksOf(new File([text], 'rows.jsonl'), 300);
  expect(lengths).toEqual([300, 300, 300, 100]);
  expect(done).toEqual([300, 600, 900, 1000]);
  expect((await chunksOf(new File([], 'empty.jsonl'), 300)).lengths).toEqual([]);
});

test('a stream of bytes is read into the same memory again and again', async () => {
  const file = new File([text], 'rows.jsonl');
  const source = new TextEncoder().encode(text);
  let at = 0;
  file.stream = () =>
    new ReadableStream({
      type: 'bytes',
      pull: (controller) => {
        const { byobRequest } = controller;
        const view = byobRequest?.view;
        if (!byobRequest || !view) throw new Error('no memory was given');
        const part = source.subarray(at, at + view.byteLength);
        new Uint8Array(view.buffer, view.byteOffset).set(part);
        at += part.length;
        if (part.length === 0) controller.close();
        byobRequest.respond(part.length);
      },
    });
  let found = '';
  for await (const chunk of fileChunks(file, 300)) {
    found += new TextDecoder().decode(chunk);
    expect(chunk.buffer.byteLength).toBe(300);
  }
  expect(found).toBe(text);
});

test('a file that became shorter, or can no longer be read, is named', async () => {
  const file = new File([text], 'rows.jsonl');
  file.stream = () => new Blob([text.slice(1)]).stream();
  await expect(chunksOf(file, 300)).rejects.toMatchObject({ code: 'data/file-changed' });
  file.stream = () => new ReadableStream({ pull: () => Promise.reject(new Error('NotReadableError')) });
  await expect(chunksOf(file, 300)).rejects.toMatchObject({ code: 'data/file-changed' });
});

test('whoever has seen enough ends the reading', async () => {
  const file = new File([text], 'rows.jsonl');
  let ended = false;
  const part = new TextEncoder().encode(text);
  file.stream = () =>
    new ReadableStream({ pull: (controller) => controller.enqueue(part), cancel: () => void (ended = true) });
  for await (const chunk of fileChunks(file, 300)) if (chunk.length > 0) break;
  expect(ended).toBe(true);
});
