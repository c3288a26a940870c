import { readFileSync } from 'node:fs';
import type { BackendOpeners, OpenBackend } from '../../../src/engine/device/openEngine';
import { openWasmDevice } from '../../../src/engine/testing/openWasmKernels';
import { wasmMemory } from '../backends';

const facts: OpenBackend['facts'] = {
  backend: 'wasm',
  adapter: 'test',
  vendor: '',
  architecture: '',
  isFallbackAdapter: false,
  threads: 2,
  features: [],
  limits: null,
};

/** A machine without WebGPU, whose WASM has two threads. */
export const testOpeners: BackendOpeners = {
  webgpu: () => Promise.resolve(null),
  wasm: async () => {
    const device = await openWasmDevice();
    return { kernels: device.kernels, facts, memory: wasmMemory(device), close: () => {} };
  },
};

/** Byte-level tokenizer without merges: 256 bytes, and one special token among them at id 2. */
export function tokenizerFiles(): File[] {
  const printable = [...Array(256).keys()].filter((b) => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174);
  const others = [...Array(256).keys()].filter((b) => !printable.includes(b));
  const letters = [...printable, ...others].map((b, index) =>
    String.fromCharCode(index < printable.length ? b : 256 + index - printable.length),
  );
  const tokenizer = {
    added_tokens: [{ id: 256, content: '<|end|>', special: true }],
    model: { type: 'BPE', vocab: Object.fromEntries(letters.map((letter, id) => [letter, id])), merges: [] },
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
  };
  return [
    new File([JSON.stringify(tokenizer)], 'tokenizer.json'),
    new File([JSON.stringify({ chat_template: '{{ messages }}', eos_token: '<|end|>' })], 'tokenizer_config.json'),
  ];
}

/** The same model with one bit of its first weight turned over: another model of the same name and shape. */
export async function otherModelFiles(): Promise<File[]> {
  const [config, weights, ...others] = modelFiles();
  if (!config || !weights) throw new RangeError('the tiny model has no weights');
  const bytes = new Uint8Array(await weights.arrayBuffer());
  const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  bytes[8 + header] = (bytes[8 + header] ?? 0) ^ 1;
  return [config, new File([bytes], weights.name), ...others];
}

/** A tiny Qwen2 model folder, as transformers wrote it. */
export function modelFiles(): File[] {
  const file = (name: string): File =>
    new File([readFileSync(new URL(`../../../src/engine/fixtures/qwen2/${name}`, import.meta.url))], name);
  return [...['config.json', 'model.safetensors'].map(file), ...tokenizerFiles()];
}
