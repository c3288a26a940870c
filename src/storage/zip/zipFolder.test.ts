import { BlobWriter, Uint8ArrayReader, ZipWriter, type ZipWriterAddDataOptions } from '@zip.js/zip.js';
import { describe, expect, test } from 'vitest';
import { memoryLocks } from '../hub/testing/memoryLocks';
import { memoryStore, type MemoryStore } from '../hub/testing/memoryStore';
import { removeUnzipped, type UnzipEnvironment } from './unzipped';
import { ZipFolder } from './zipFolder';

const config = '{"model_type":"qwen2"}';
const weights = Uint8Array.from({ length: 300_000 }, (_, index) => (index >> 8) & 255);

type Member = [name: string, content: string | Uint8Array, options?: ZipWriterAddDataOptions];

async function zipOf(...members: Member[]): Promise<File> {
  const writer = new ZipWriter(new BlobWriter(), { useWebWorkers: false });
  for (const [name, content, options] of members)
    await writer.add(name, new Uint8ArrayReader(Buffer.from(content)), options);
  return new File([await writer.close()], 'model.zip', { lastModified: 5 });
}

/** The zip with some of its bytes changed, wherever `find` stands. */
async function changed(file: File, find: string, put: string): Promise<File> {
  const text = Buffer.from(await file.arrayBuffer()).toString('latin1');
  expect(text).toContain(find);
  return new File([Buffer.from(text.replaceAll(find, put), 'latin1')], file.name, { lastModified: file.lastModified });
}

type TestEnvironment = UnzipEnvironment & { store: MemoryStore };
const environment = (changes: Partial<UnzipEnvironment> = {}): TestEnvironment =>
  ({
    store: memoryStore(),
    locks: memoryLocks(),
    estimate: () => Promise.resolve(null),
    held: null,
    ...changes,
  }) as TestEnvironment;

const textOf = (bytes: Uint8Array | null): string | null => bytes && new TextDecoder().decode(bytes);
const isWeights = async (blob: Blob | null): Promise<boolean> =>
  blob !== null && Buffer.from(await blob.arrayBuffer()).equals(Buffer.from(weights));

describe('a model folder in a zip', () => {
  test('stored files are read in place, deflated ones are inflated once', async () => {
    const file = await zipOf(
      ['config.json', config],
      ['model.safetensors', weights, { level: 0 }],
      ['other.safetensors', weights],
    );
    const own = environment();
    const folder = new ZipFolder(own, file);
    expect(textOf(await folder.bytes('config.json'))).toBe(config);
    expect(await folder.bytes('none.json')).toBeNull();
    expect(await isWeights(await folder.blob('model.safetensors'))).toBe(true);
    expect(await own.store.names()).toEqual([]);
    const seen: number[] = [];
    expect(await isWeights(await folder.blob('other.safetensors', (done) => seen.push(done)))).toBe(true);
    expect(seen.at(-1)).toBe(weights.length);
    expect(own.store.usedBytes()).toBe(weights.length);
    const count = seen.length;
    expect(await isWeights(await new ZipFolder(own, file).blob('other.safetensors', (done) => seen.push(done)))).toBe(
      true,
    );
    expect(seen.length).toBe(count);
  });

  test('in the folder that holds config.json, without the shadows of a Mac', async () => {
    const file = await zipOf(
      ['__MACOSX/config.json', 'shadow'],
      ['Qwen/._config.json', 'shadow'],
      ['Qwen/config.json', config],
      ['Qwen/1_Pooling/config.json', '{}'],
      ['Qwen/tokenizer.json', '{"t":1}'],
      ['tokenizer.json', 'outside'],
    );
    const folder = new ZipFolder(environment(), file);
    expect(textOf(await folder.bytes('config.json'))).toBe(config);
    expect(textOf(await folder.bytes('tokenizer.json'))).toBe('{"t":1}');
  });

  test('zip64', async () => {
    const file = await zipOf(
      ['config.json', config, { zip64: true }],
      ['model.safetensors', weights, { zip64: true, level: 0 }],
    );
    const own = environment();
    const folder = new ZipFolder(own, file);
    expect(textOf(await folder.bytes('config.json'))).toBe(config);
    expect(await isWeights(await folder.blob('model.safetensors'))).toBe(true);
    expect(await own.store.names()).toEqual([]);
  });

  test('what was inflated for a zip goes when another one is inflated, and when nobody uses it', async () => {
    const own = environment();
    await new ZipFolder(own, await zipOf(['config.json', config], ['model.safetensors', weights])).blob(
      'model.safetensors',
    );
    const before = await own.store.names();
    expect(before.length).toBe(2);
    await removeUnzipped(own);
    expect(await own.store.names()).toEqual(before);
    const other = await zipOf(['config.json', config], ['more.json', '1'], ['model.safetensors', weights]);
    await new ZipFolder(own, other).blob('model.safetensors');
    const after = await own.store.names();
    expect(after.length).toBe(2);
    expect(after.some((name) => before.includes(name))).toBe(false);
    own.held?.release();
    await new Promise((done) => setTimeout(done));
    await removeUnzipped(own);
    expect(await own.store.names()).toEqual([]);
  });

  test('too little room is said before inflating', async () => {
    const own = environment({ estimate: () => Promise.resolve({ usedBytes: 0, quotaBytes: 1000 }) });
    const file = await zipOf(['config.json', config], ['model.safetensors', weights]);
    await expect(new ZipFolder(own, file).blob('model.safetensors')).rejects.toMatchObject({ code: 'storage/quota' });
    expect(await own.store.names()).toEqual([]);
  });
});

describe('bad zips are refused', () => {
  const sound = (): Promise<File> => zipOf(['config.json', config], ['model.safetensors', weights]);
  /** Little-endian. */
  const word = (value: number): string => Buffer.from(Uint32Array.of(value).buffer).toString('latin1');
  const cases: [string, () => Promise<File>, string][] = [
    ['no zip', () => Promise.resolve(new File(['hello'], 'model.zip')), ''],
    ['empty', () => Promise.resolve(new File([], 'model.zip')), ''],
    ['cut off', async () => new File([(await sound()).slice(0, 400)], 'model.zip'), ''],
    [
      'a name that climbs out',
      async () =>
        changed(
          await zipOf(['aa/config.json', config], ['model.safetensors', weights]),
          'aa/config.json',
          '../config.json',
        ),
      'filename',
    ],
    [
      'an absolute name',
      async () =>
        changed(await zipOf(['aconfig.json', config], ['model.safetensors', weights]), 'aconfig.json', '/config.json'),
      'filename',
    ],
    [
      'the same name twice',
      async () =>
        changed(
          await zipOf(['config.json', config], ['model.safetensors', weights], ['models.safetensor', weights]),
          'models.safetensor',
          'model.safetensors',
        ),
      'twice',
    ],
    [
      'encrypted',
      () => zipOf(['config.json', config], ['model.safetensors', weights, { password: 'x', zipCrypto: true }]),
      'encrypted',
    ],
    ['a length that is a lie', async () => changed(await sound(), word(weights.length), word(weights.length - 1)), ''],
    ['a length that cannot be', async () => changed(await sound(), word(weights.length), word(2 ** 31)), 'bytes hold'],
    [
      'a wrong byte',
      async () => {
        const file = await sound();
        const bytes = new Uint8Array(await file.arrayBuffer());
        const at = Buffer.from(bytes).indexOf('model.safetensors') + 300;
        bytes[at]! ^= 0x55;
        return new File([bytes], file.name);
      },
      '',
    ],
  ];
  test.each(cases)('%s', async (_, make, words) => {
    const own = environment();
    const folder = new ZipFolder(own, await make());
    const failure = await folder.blob('model.safetensors').then(
      () => null,
      (error: unknown) => error as Error,
    );
    expect(failure).toMatchObject({ code: 'model/bad-zip' });
    expect(failure?.message).toContain(words);
    expect(await own.store.names()).toEqual([]);
  });

  test('cancelled', async () => {
    const stop = new AbortController();
    const own = environment();
    const folder = new ZipFolder(own, await sound(), stop.signal);
    const reading = folder.blob('model.safetensors', () => stop.abort());
    await expect(reading).rejects.toMatchObject({ code: 'model/cancelled' });
    expect(await own.store.names()).toEqual([]);
  });
});
