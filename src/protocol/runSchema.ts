/** Shapes of what storage keeps of a run: a person's disk may hold older versions, and an imported run comes from anywhere. */
import { z } from 'zod';
import type { ErrorRecord } from '../lib/errors';
import { recipeSchema } from '../recipe/schema';
import type { RunEventBody, RunLabel, RunRecord } from './run';

const count = z.int().min(0);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
/** A folder's name: nothing that climbs or hides. */
export const runIdSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const words = (most: number) => z.string().max(most);
/** Milliseconds since 1970, of a day that there is. */
const moment = z.number().min(0).max(8.64e15);

const longest = { code: 100, message: 10_000, path: 1000 };
const errorSchema = z.object({
  code: words(longest.code),
  message: words(longest.message),
  path: words(longest.path).exactOptional(),
  data: z.record(z.string(), z.unknown()).exactOptional(),
});

const sourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('url'), baseUrl: words(2000), name: words(500) }),
  z.object({
    kind: z.literal('hub'),
    repository: words(500),
    revision: words(500),
    endpoint: words(2000),
    name: words(500),
    commit: words(100).exactOptional(),
  }),
]);

const modelSchema = z.object({
  name: words(500),
  source: sourceSchema.nullable(),
  parameters: count,
  fingerprint: hash.nullable().default(null),
  weightDtype: z.enum(['f32', 'f16', 'int8', 'int4']),
});

/** `run.json` ({@link RunRecord}). */
export const runRecordSchema = z.object({
  version: z.literal(1),
  id: runIdSchema,
  configHash: words(64),
  status: z.enum(['running', 'stopped', 'completed', 'early_stopping', 'failed']),
  error: errorSchema.nullable(),
  recipe: recipeSchema,
  recipeHash: words(64),
  dataHash: words(64),
  dataName: words(500),
  examplesHash: hash,
  changesHash: hash.nullable().default(null),
  model: modelSchema,
  device: z.object({ backend: z.enum(['webgpu', 'wasm']), adapter: words(500) }),
  trainableParameters: count,
  rows: count,
  validationRows: count,
  totalSteps: count,
  steps: count,
  bestStep: count.nullable(),
  checkpoints: z.array(count).max(100_000),
  trainingMs: z.number().min(0),
  forecastBytes: z.number().min(0).nullable(),
  peakBytes: z.number().min(0).nullable(),
  parent: z.object({ runId: runIdSchema, step: count }).nullable(),
  control: z.enum(['shuffled-labels']).nullable(),
  startsFresh: z.boolean(),
  createdAt: moment,
  updatedAt: moment,
}) satisfies z.ZodType<RunRecord>;

/** An error as a record may hold it: a driver may say more than anybody reads, and a record that is refused hides its run. */
export function keptError({ code, message, path, data }: ErrorRecord): ErrorRecord {
  const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  return {
    code: cut(code, longest.code),
    message: cut(message, longest.message),
    ...(path === undefined ? {} : { path: cut(path, longest.path) }),
    ...(data ? { data } : {}),
  };
}

/** `label.json` ({@link RunLabel}). */
export const runLabelSchema = z.object({
  name: words(200),
  tags: z.array(words(50)).max(50),
  note: words(20_000),
}) satisfies z.ZodType<RunLabel>;

/** Any number: a perplexity may be infinite. */
const figure = z.custom<number>((value) => typeof value === 'number');
const text = words(1 << 20);

/** One line of a run's metrics. */
export const runEventSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('start'),
    backend: text,
    adapter: text,
    trainable_parameters: count,
    rows: count,
    steps: count,
    recipe_hash: text,
    data_hash: text,
  }),
  z.object({
    event: z.literal('step'),
    step: count,
    epoch: figure,
    loss: figure,
    grad_norm: figure,
    learning_rate: figure,
    supervised_tokens: count,
    tokens: count,
    ms: figure,
  }),
  z.object({ event: z.literal('eval'), step: count, loss: figure, perplexity: figure, token_accuracy: figure }),
  z.object({
    event: z.literal('sample'),
    step: count,
    /** −1: the page's own question. */
    row: z.int().min(-1),
    prompt: text,
    expected: text,
    generated: text,
    pick: z.enum(['asked', 'best', 'worst', 'random']),
    base: text.nullable(),
    loss: figure.nullable(),
  }),
  z.object({ event: z.literal('checkpoint'), step: count, path: text }),
  z.object({ event: z.literal('warning'), code: text, message: text }),
  z.object({
    event: z.literal('end'),
    reason: z.enum(['completed', 'early_stopping', 'stopped']),
    steps: count,
    best_step: count.nullable(),
  }),
  z.object({
    event: z.literal('phase'),
    phase: z.enum(['load', 'compile', 'train', 'evaluate', 'sample', 'save', 'restore']),
    done: figure,
    total: figure,
  }),
  z.object({
    event: z.literal('memory'),
    step: count,
    deviceBytes: figure,
    peakDeviceBytes: figure,
    reservedBytes: figure,
  }),
  z.object({ event: z.literal('rewind'), step: count }),
]) satisfies z.ZodType<RunEventBody>;
