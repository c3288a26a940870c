import { TunesmithError } from '../../lib/errors';
import { Random } from '../../lib/random';
import type { GenerateResult } from '../../protocol/training';
import type { LoraAdapter } from '../adapters/lora';
import type { Model } from '../model/model';
import { free, scope } from '../scope';
import { yieldToEvents } from '../yieldToEvents';
import { createDecoder } from './decoder';
import { isPlainGreedy, pickToken, type Sampling } from './sampler';

export interface GenerateOptions extends Sampling {
  promptIds: readonly number[];
  max_new_tokens: number;
  /** Null: another answer each time. */
  seed: number | null;
  stopStrings: readonly string[];
  eosTokenIds: readonly number[];
}

export interface GenerateHooks {
  /** Turns new tokens into text, special tokens left out; holds an unfinished code point back until `end`. */
  decoder: { push(id: number): string; end(): string };
  /** After every token, with the text so far. */
  onToken?(text: string, tokens: number): void;
  /** Asked after every token. */
  stopped?(): boolean;
}

/** Longest time between two turns of the event loop. */
const sliceMs = 40;

/**
 * Continues a prompt until an end token, a stop string, `max_new_tokens`, or a stop. `ids` are the new tokens, an end token
 * included, as transformers returns them; `text` ends before the stop string. Throws `generate/empty-prompt` and
 * `model/too-long` (the answer is shortened to what the model can still read first).
 */
export async function generate(
  model: Model,
  adapter: LoraAdapter | null,
  options: GenerateOptions,
  hooks: GenerateHooks,
): Promise<GenerateResult> {
  const { kernels, config } = model;
  const { promptIds, stopStrings } = options;
  if (promptIds.length === 0)
    throw new TunesmithError(
      'generate/empty-prompt',
      'prompt: must have at least one token, got none; write something first',
    );
  const badId = promptIds.find((id) => !Number.isInteger(id) || id < 0 || id >= config.vocabSize);
  if (badId !== undefined)
    throw new TunesmithError(
      'generate/bad-token',
      `prompt: ids must be below the vocabulary size ${config.vocabSize}, got ${badId}; the tokenizer is not this model's`,
    );
  // At least one token must fit; past the model's limit the decoder refuses.
  const limit = Math.max(1, Math.min(options.max_new_tokens, config.maxPositions - promptIds.length));
  const random = new Random(options.seed ?? Math.floor(Math.random() * 2 ** 32), 31);
  const decoder = createDecoder(model, adapter, promptIds.length + limit);
  const ids: number[] = [];
  let text = '';
  let stop: GenerateResult['stop_reason'] = 'length';
  try {
    const begun = performance.now();
    let decodeBegun = begun;
    let sliceBegun = begun;
    let input: readonly number[] = promptIds;
    while (ids.length < limit) {
      const logits = decoder.feed(input);
      const id = await nextToken(model, logits, [...promptIds, ...ids], options, random);
      free(logits);
      if (ids.length === 0) decodeBegun = performance.now();
      ids.push(id);
      input = [id];
      const ended = options.eosTokenIds.includes(id);
      if (!ended) text += hooks.decoder.push(id);
      const cut = Math.min(...stopStrings.map((part) => (part && text.includes(part) ? text.indexOf(part) : Infinity)));
      if (cut < Infinity) text = text.slice(0, cut);
      hooks.onToken?.(text, ids.length);
      if (performance.now() - sliceBegun > sliceMs) {
        await yieldToEvents();
        sliceBegun = performance.now();
      }
      if (ended) stop = 'eos';
      else if (cut < Infinity) stop = 'stop_string';
      else if (hooks.stopped?.()) stop = 'stopped';
      else continue;
      break;
    }
    const rest = hooks.decoder.end();
    if (stop !== 'stop_string') text += rest;
    const seconds = (performance.now() - decodeBegun) / 1000;
    return {
      ids,
      text,
      stop_reason: stop,
      tokens_per_second: ids.length > 1 && seconds > 0 ? (ids.length - 1) / seconds : 0,
      prefill_ms: decodeBegun - begun,
    };
  } finally {
    decoder.dispose();
    await kernels.finish();
  }
}

/** Greedy reads four numbers back, sampling the whole row of logits. */
async function nextToken(
  { kernels }: Model,
  logits: ReturnType<ReturnType<typeof createDecoder>['feed']>,
  history: readonly number[],
  sampling: Sampling,
  random: Random,
): Promise<number> {
  if (!isPlainGreedy(sampling))
    return pickToken(Float32Array.from(await kernels.read(logits)), history, sampling, random);
  const state = scope(() => {
    const best = kernels.crossEntropyStart(1);
    kernels.crossEntropy(logits, kernels.upload(Int32Array.of(0), [1]), 0, best);
    return best;
  });
  const numbers = await kernels.read(state);
  free(state);
  return numbers[3] ?? 0;
}
