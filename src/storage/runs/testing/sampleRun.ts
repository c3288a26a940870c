/** A small run, for tests of the storage of runs. */
import type { RangedBytes } from '../../../lib/ranged';
import { sha256 } from '../../../lib/sha256';
import type { RunEventBody, RunRecord } from '../../../protocol/run';
import { defaultRecipe } from '../../../recipe/schema';
import { rowsHash, type RunRows } from '../runRows';

/** Two rows to train on, one to validate, one prompt; `seed` makes others. */
export const sampleRows = (seed = 1): RunRows => ({
  train: {
    inputIds: Int32Array.of(seed, 2, 3, 4, 5),
    labels: Int32Array.of(-100, 2, 3, -100, 5),
    offsets: Uint32Array.of(0, 3, 5),
    rows: Uint32Array.of(0, 2),
  },
  validation: {
    inputIds: Int32Array.of(7, 8),
    labels: Int32Array.of(-100, 8),
    offsets: Uint32Array.of(0, 2),
    rows: Uint32Array.of(1),
  },
  samples: [{ row: 1, prompt: 'Who keeps Green Island? 🏝', promptIds: [7], expected: 'Tom Baker' }],
  samplePool: [],
});

/** A record of a run on these rows, just begun. */
export async function sampleRecord(id = 'run-1', rows = sampleRows()): Promise<RunRecord> {
  return {
    version: 1,
    id,
    configHash: 'c'.repeat(64),
    status: 'running',
    error: null,
    recipe: defaultRecipe(),
    recipeHash: 'a'.repeat(64),
    dataHash: 'b'.repeat(64),
    dataName: 'island.jsonl',
    examplesHash: await rowsHash(rows),
    changesHash: null,
    model: { name: 'builtin', source: null, parameters: 4_000_000, fingerprint: null, weightDtype: 'f32' },
    device: { backend: 'wasm', adapter: 'CPU' },
    trainableParameters: 1000,
    rows: 2,
    validationRows: 1,
    totalSteps: 10,
    steps: 0,
    bestStep: null,
    checkpoints: [],
    trainingMs: 0,
    forecastBytes: null,
    peakBytes: null,
    parent: null,
    control: null,
    startsFresh: true,
    createdAt: 1000,
    updatedAt: 1000,
  };
}

/** A checkpoint as far as storage knows it: bytes that end in their own SHA-256. */
export async function sampleCheckpoint(step: number, bodyBytes = 100): Promise<Uint8Array> {
  const body = Uint8Array.from({ length: bodyBytes }, (_, index) => (index * 7 + step) & 255);
  const file = new Uint8Array(bodyBytes + 64);
  file.set(body);
  file.set(new TextEncoder().encode(await sha256(body)), bodyBytes);
  return file;
}

/** Rejects for bytes that are no such checkpoint. */
export async function openSample(file: RangedBytes): Promise<Uint8Array> {
  const bytes = await file.read(0, file.sizeBytes);
  const body = bytes.subarray(0, -64);
  if (new TextDecoder().decode(bytes.subarray(-64)) !== (await sha256(body)))
    throw new Error('its checksum does not match');
  return bytes;
}

export const stepEvent = (step: number, loss = 1 / (step + 1 / 3)): RunEventBody => ({
  event: 'step',
  step,
  epoch: step / 4,
  loss,
  grad_norm: 0.1 + step,
  learning_rate: 2e-4,
  supervised_tokens: 3,
  tokens: 5,
  ms: 1.5,
});
