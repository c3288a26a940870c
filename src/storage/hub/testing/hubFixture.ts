/** A hub, a browser's storage and a clock that does not wait, for tests. */
import {
  fileOf,
  generatedFile,
  startHubServer,
  type HubRepository,
  type HubServer,
} from '../../../../headless/testing/hubServer';
import type { HubSource } from '../../../protocol/model';
import type { HubEnvironment } from '../environment';
import type { Clock } from '../retry';
import { cancelled } from '../locks';
import { memoryLocks } from './memoryLocks';
import { memoryStore, type MemoryStore } from './memoryStore';

export interface FakeClock extends Clock {
  time: number;
  /** What was waited, in milliseconds. */
  slept: number[];
}

export function fakeClock(): FakeClock {
  const clock: FakeClock = {
    time: 1_700_000_000_000,
    slept: [],
    now: () => clock.time,
    random: () => 0.5,
    sleep(ms, signal) {
      clock.slept.push(ms);
      clock.time += ms;
      return signal?.aborted ? Promise.reject(cancelled()) : Promise.resolve();
    },
  };
  return clock;
}

export type TestEnvironment = HubEnvironment & { store: MemoryStore; clock: FakeClock };

export const testEnvironment = (changes: Partial<HubEnvironment> = {}): TestEnvironment =>
  ({
    fetch: (input, init) => fetch(input, init),
    store: memoryStore(),
    locks: memoryLocks(),
    clock: fakeClock(),
    estimate: () => Promise.resolve(null),
    stallMs: 10_000,
    pieceBytes,
    ...changes,
  }) as TestEnvironment;

export const commit = 'a'.repeat(39) + '1';
export const pieceBytes = 256 << 10;
export const weightBytes = 2.5 * pieceBytes + 5;

/** A model's repository: three pieces of weights, small files, and others that no model folder needs. */
export const modelRepository = (changes: Partial<HubRepository> = {}): HubRepository => ({
  name: 'org/model',
  commit,
  revisions: ['main'],
  files: [
    fileOf('config.json', '{"model_type":"qwen2"}'),
    fileOf('tokenizer.json', '{"big":true}', true),
    fileOf('README.md', '# model'),
    fileOf('pytorch_model.bin', 'pickle', true),
    fileOf('onnx/model.onnx', 'onnx', true),
    generatedFile('model.safetensors', weightBytes),
  ],
  ...changes,
});

/** What the files of {@link modelRepository} that a model folder needs take together. */
export const modelBytes = weightBytes + 22 + 12;

export const sourceOf = (hub: HubServer, changes: Partial<HubSource> = {}): HubSource => ({
  kind: 'hub',
  repository: 'org/model',
  revision: 'main',
  endpoint: hub.endpoint,
  name: 'model',
  ...changes,
});

export const startHub = (repository: Partial<HubRepository> = {}): Promise<HubServer> =>
  startHubServer([modelRepository(repository)]);
