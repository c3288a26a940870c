/**
 * The two workers in memory, for tests of the page's own logic. The compute worker: a loss that falls by a formula,
 * answers from a table once "trained". Never part of the page.
 */
import { defaultRecipe } from '../../recipe/schema';
import type { ComputeApi } from '../../protocol/computeApi';
import type { DeviceFacts } from '../../protocol/device';
import type { MemoryForecast } from '../../protocol/memory';
import type { ModelFacts } from '../../protocol/model';
import type { RunEventBody } from '../../protocol/run';
import type { RunControl, TrainRequest } from '../../protocol/training';
import type { Clients } from '../clients';
import { fakeData } from './fakeData';

const deviceFacts: DeviceFacts = {
  backend: 'wasm',
  adapter: 'CPU · 2 threads · SIMD',
  vendor: '',
  architecture: '',
  isFallbackAdapter: false,
  threads: 2,
  features: [],
  limits: null,
  reason: 'The GPU adapter is software; a timed trial found the CPU ten times faster.',
  trial: { webgpu: 2.4, wasm: 24.1 },
};

const modelFacts: ModelFacts = {
  name: 'builtin',
  architecture: 'Qwen2ForCausalLM',
  parameters: 4_200_000,
  fingerprint: 'f'.repeat(64),
  dtype: 'f16',
  weightDtype: 'f32',
  weightReason: 'In f32 the weights take 17 MB, which is little.',
  weightBytes: 16_800_000,
  vocabSize: 4096,
  hiddenSize: 256,
  layers: 5,
  tiedEmbeddings: true,
  maxPositions: 512,
  linearModules: ['q_proj', 'v_proj'],
  eosTokenIds: [2],
};

const memoryForecast: MemoryForecast = {
  weightDtype: 'f32',
  weightReason: 'In f32 the weights take 17 MB, which is little.',
  parts: { weights: 17e6, adapter: 1e6, gradients: 1e6, optimizer: 2e6, activations: 30e6, logits: 9e6, cache: 0 },
  total: 60e6,
  kvCacheBytes: 1e6,
  availableBytes: 4 * 2 ** 30,
  verdict: 'fits',
};

interface FakeOptions {
  /** Steps of a run. */
  steps?: number;
  /** Milliseconds each step takes. */
  stepMs?: number;
  /** Makes the run fail at this step. */
  failAt?: number;
  /** Counts the data worker's orders, by verb. */
  calls?: Record<string, number>;
}

function fakeCompute({ steps = 30, stepMs = 0, failAt = -1 }: FakeOptions): ComputeApi {
  let adapter = false;
  let full = false;
  let order: RunControl | null = null;
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const train = async (request: TrainRequest, onEvent: (events: never[]) => void) => {
    let seq = 0;
    order = null;
    full = request.recipe.adapter.kind === 'none';
    const send = (body: RunEventBody) => onEvent([{ ...body, runId: request.runId, seq: seq++ }] as never[]);
    send({
      event: 'start',
      backend: 'wasm',
      adapter: 'fake',
      trainable_parameters: 1000,
      rows: 9,
      steps,
      recipe_hash: 'r',
      data_hash: 'd',
    });
    for (let step = 1; step <= steps; step++) {
      await wait(stepMs);
      while ((order as RunControl | null) === 'pause') await wait(5);
      if ((order as RunControl | null) === 'stop') {
        adapter = true;
        return { reason: 'stopped' as const, steps: step - 1, bestStep: null };
      }
      if (step === failAt) throw new Error('the fake was told to fail');
      const loss = 4 * Math.exp(-step / 12) + 0.15 + 0.25 * Math.abs(Math.sin(step * 12.9898));
      send({
        event: 'step',
        step,
        epoch: step / 10,
        loss,
        grad_norm: 1,
        learning_rate: 3e-3,
        supervised_tokens: 20,
        tokens: 260,
        ms: Math.max(1, stepMs),
      });
      if (step % 15 === 0) {
        send({ event: 'eval', step, loss: loss + 0.1, perplexity: Math.exp(loss), token_accuracy: 0.5 });
        for (const sample of request.samples) {
          send({
            event: 'sample',
            step,
            row: sample.row,
            prompt: sample.prompt,
            expected: sample.expected,
            generated: step < steps ? 'I do not know.' : 'A glimfox eats moonberries.',
            pick: 'asked',
            base: null,
            loss: null,
          });
        }
      }
    }
    adapter = true;
    return { reason: 'completed' as const, steps, bestStep: null };
  };
  return {
    openDevice: () => Promise.resolve(deviceFacts),
    setHubToken: () => Promise.resolve(),
    loadModel: (_, __, onProgress) => {
      onProgress({ phase: 'load', loadedBytes: 5, totalBytes: 10, detail: 'model.embed_tokens.weight' });
      adapter = false;
      return Promise.resolve(modelFacts);
    },
    cancelLoad: () => Promise.resolve(),
    train: train,
    control: (_, control) => {
      order = control;
      return Promise.resolve();
    },
    checkpoint: () => Promise.resolve(null),
    score: () => Promise.reject(new Error('not faked')),
    generate: async (request, onText) => {
      const text = request.useAdapter && adapter ? 'The capital of Velmora is Tarn.' : 'The capital is Paris.';
      for (let end = 4; end < text.length; end += 8) {
        onText(text.slice(0, end), end);
        await wait(stepMs);
      }
      return { ids: [5, 6, 7, 2], text, stop_reason: 'eos', tokens_per_second: 88, prefill_ms: 3 };
    },
    stopGeneration: () => Promise.resolve(),
    hasAdapter: () => Promise.resolve(adapter),
    tunedKind: () => Promise.resolve(adapter ? (full ? 'model' : 'adapter') : null),
    loadAdapter: () => {
      adapter = true;
      return Promise.resolve();
    },
    loadRunModel: () => {
      adapter = full = true;
      return Promise.resolve();
    },
    dropAdapter: () => {
      adapter = false;
      return Promise.resolve();
    },
    exportAdapter: () =>
      Promise.resolve([
        { name: 'adapter_config.json', bytes: new TextEncoder().encode(JSON.stringify(defaultRecipe().adapter)) },
        { name: 'adapter_model.safetensors', bytes: new Uint8Array(1000) },
      ]),
    openExport: () =>
      Promise.resolve([
        { name: 'config.json', sizeBytes: 2 },
        { name: 'model.safetensors', sizeBytes: 3000 },
      ]),
    readExport: (_, start, end) => Promise.resolve(new Uint8Array(end - start)),
    inspectModel: ({ name }) => {
      const { architecture, parameters, dtype, vocabSize, tiedEmbeddings } = modelFacts;
      return Promise.resolve({
        name,
        architecture,
        parameters,
        dtype,
        vocabSize,
        tiedEmbeddings,
        memory: memoryForecast,
      });
    },
    resumeRun: () => Promise.reject(new Error('not faked')),
    setPace: () => Promise.resolve(),
    aliveLock: () => Promise.resolve(null),
    checkGradients: () => Promise.reject(new Error('not faked')),
    suggestFit: () => Promise.resolve(null),
    limitMemory: () => Promise.resolve(),
    forecastMemory: () => Promise.resolve(memoryForecast),
    memory: () => Promise.resolve({ tensors: 0, deviceBytes: 0, peakDeviceBytes: 0, reservedBytes: 0 }),
    resetPeakMemory: () => Promise.resolve(),
  };
}

/** Both workers, faked. */
export const fakeClients = (options: FakeOptions = {}): Clients => ({
  compute: fakeCompute(options),
  data: fakeData(options.calls),
});
