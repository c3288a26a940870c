import type { Kernels } from '../../kernels/kernels';
import { sizeOf } from '../../kernels/runtime/view';
import type { WeightFormat } from '../../kernels/weights/weight';
import { TunesmithError } from '../../lib/errors';
import type { ModelFacts } from '../../protocol/model';
import { yieldToEvents } from '../yieldToEvents';
import { growingRope } from './growingRope';
import type { Model } from './model';
import { linearNames, type ModelConfig } from './modelConfig';
import { allocateTensors, placeTensors, uploadKept, type ModelTensors } from './modelTensors';
import { matchWeights, wantedTensors, type WeightSource } from './weights';
import { WeightsFingerprint } from './weightsFingerprint';

export interface LoadOptions {
  name: string;
  /** How matrices are held; default f32. */
  format?: WeightFormat;
  /** One sentence for a person: why in this format. */
  formatReason?: string;
  /** After each piece: values on the device so far, of all, in bytes of f32. */
  onProgress?: (loadedBytes: number, totalBytes: number, tensor: string) => void;
  /** Ends loading with `model/cancelled`. */
  signal?: AbortSignal | undefined;
}

/** Values read at a time: 16 MiB of singles in JavaScript, half of that in a file of halves. */
const pieceValues = 4 * 2 ** 20;
/** After so many values the device's queue is awaited, so that what waits to be copied stays bounded. */
const queuedValues = 16 * 2 ** 20;
/** The largest half. */
const largestHalf = 65504;

/**
 * Puts a model's weights on the device, tensor by tensor and a piece of rows at a time: matrices in `format`, norms and biases
 * as f32. Names, shapes and dtypes are checked before anything is allocated, and everything is allocated before anything is
 * read; a load that fails leaves nothing. Throws `model/weights`, `model/not-finite` and `model/half-range` naming the tensor, or
 * `model/cancelled`. The model belongs to the caller: `dispose()` it.
 */
export async function loadModel(
  kernels: Kernels,
  config: ModelConfig,
  source: WeightSource,
  options: LoadOptions,
): Promise<Model> {
  const storedNames = matchWeights(config, source);
  const { format = 'f32', signal } = options;
  checkCancelled(signal);
  const tensors = allocateTensors(kernels, config, format);
  try {
    const read = await fillTensors(kernels, config, tensors, source, storedNames, options);
    const rope = growingRope(kernels, config);
    rope.tables(1);
    return {
      kernels,
      config,
      facts: modelFacts(config, source, read, tensors, options),
      ...placeTensors(config, tensors),
      rope: rope.tables,
      dispose() {
        tensors.dispose();
        rope.dispose();
      },
    };
  } catch (error) {
    tensors.dispose();
    throw error;
  }
}

/** What is known once every value was read. */
type WeightsRead = Pick<ModelFacts, 'parameters' | 'fingerprint'>;

/** Reads every tensor once, in the source's order, so that files are read from front to back. */
async function fillTensors(
  kernels: Kernels,
  config: ModelConfig,
  { vectors, matrices }: ModelTensors,
  source: WeightSource,
  storedNames: ReadonlyMap<string, string>,
  { onProgress, signal }: LoadOptions,
): Promise<WeightsRead> {
  const places = new Map(source.list().map(({ name }, place) => [name, place]));
  const placeOf = ({ name }: { name: string }): number => places.get(storedNames.get(name) ?? name) ?? 0;
  const wanted = wantedTensors(config).sort((a, b) => placeOf(a) - placeOf(b));
  const total = wanted.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const fingerprint = new WeightsFingerprint();
  let loaded = 0;
  let queued = 0;
  for (const { name, shape } of wanted) {
    const matrix = matrices.get(name);
    const [rows = 0, columns = 1] = shape;
    const perPiece = matrix ? Math.max(1, Math.floor(pieceValues / columns)) : rows;
    for (let first = 0; first < rows; first += perPiece) {
      const count = Math.min(perPiece, rows - first);
      const values = await source.read(storedNames.get(name) ?? name, first * columns, count * columns);
      checkCancelled(signal);
      checkValues(values, name, matrix?.format === 'f16');
      if (first === 0) await fingerprint.add(name, values);
      if (matrix) kernels.writeWeight(matrix, first, values);
      else vectors.set(name, uploadKept(kernels, values, shape));
      loaded += values.length;
      queued += values.length;
      onProgress?.(4 * loaded, 4 * total, name);
      if (queued >= queuedValues) {
        await kernels.finish();
        queued = 0;
      }
      await yieldToEvents();
    }
  }
  await kernels.finish();
  return { parameters: total, fingerprint: await fingerprint.hex() };
}

function checkCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new TunesmithError('model/cancelled', 'model: loading was cancelled; load it again to use it');
}

function checkValues(values: Float32Array, name: string, asHalves: boolean): void {
  // x − x is NaN for infinities and NaN, and 0 for all else: one pass without a call per element.
  let sum = 0;
  for (const value of values) sum += value - value;
  if (sum !== 0)
    throw new TunesmithError(
      'model/not-finite',
      `weights, ${name}: every value must be finite; download the model again`,
      { path: name },
    );
  if (!asHalves) return;
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  if (largest > largestHalf)
    throw new TunesmithError(
      'model/half-range',
      `weights, ${name}: values must be within ±${largestHalf} to be held as f16, got ${largest}; choose model.dtype "f32" or "int8"`,
      { path: name },
    );
}

function modelFacts(
  config: ModelConfig,
  source: WeightSource,
  { parameters, fingerprint }: WeightsRead,
  { matrices, vectors }: ModelTensors,
  { name, format = 'f32', formatReason = '' }: LoadOptions,
): ModelFacts {
  const matrixBytes = [...matrices.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  const vectorBytes = [...vectors.values()].reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  return {
    name,
    architecture: config.architecture,
    parameters,
    fingerprint,
    dtype: storedDtype(source),
    weightDtype: format,
    weightReason: formatReason,
    weightBytes: matrixBytes + vectorBytes,
    vocabSize: config.vocabSize,
    hiddenSize: config.hiddenSize,
    layers: config.layers,
    tiedEmbeddings: config.tiedEmbeddings,
    maxPositions: config.maxPositions,
    linearModules: [...linearNames],
    eosTokenIds: config.eosTokenIds,
  };
}

/** How the weights are stored: `bf16`, or `bf16+f32` where they are mixed. */
export const storedDtype = (source: WeightSource): string =>
  [...new Set(source.list().map((entry) => entry.dtype.toLowerCase()))].join('+');
