import type { View } from '../../kernels/runtime/view';
import { TunesmithError } from '../../lib/errors';
import type { GenerateResult } from '../../protocol/training';
import type { LoraAdapter } from '../adapters/lora';
import type { Model } from '../model/model';
import { free } from '../scope';
import { yieldToEvents } from '../yieldToEvents';
import { createDecoder, type Decoder } from './decoder';
import { createDraws, type Draws, type Sampling } from './draws';
import { inBlocks, oneByOne, type Pace } from './pace';

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
  /** How often tokens are read back; by the device. The answer does not depend on it. */
  pace?: Pace;
}

/** Longest time between two turns of the event loop. */
const sliceMs = 40;

/**
 * Continues a prompt until an end token, a stop string, `max_new_tokens`, or a stop. `ids` are the new tokens, an end token
 * included, as transformers returns them; `text` ends before the stop string. Tokens are drawn on the device and read in blocks;
 * what was drawn after the end is dropped. Throws `generate/empty-prompt`, `generate/bad-token` and `model/too-long` (the answer
 * is shortened to what the model can still read first).
 */
export async function generate(
  model: Model,
  adapter: LoraAdapter | null,
  options: GenerateOptions,
  hooks: GenerateHooks,
): Promise<GenerateResult> {
  const { kernels, config } = model;
  const { promptIds } = options;
  checkPrompt(promptIds, config.vocabSize);
  // At least one token must fit; past the model's limit the decoder refuses.
  const limit = Math.max(1, Math.min(options.max_new_tokens, config.maxPositions - promptIds.length));
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  const pace = hooks.pace ?? (kernels.name === 'webgpu' ? inBlocks() : oneByOne());
  await compileChat(model, adapter, options);
  const { decoder, draws } = place(model, adapter, options, limit, seed);
  const answer = new Answer(options, hooks);
  let recorded = 0;
  /** Records the next tokens; their ids, once the device has drawn them. Null when none are left. */
  const record = (count: number): Promise<number[]> | null => {
    const first = recorded;
    for (; recorded < Math.min(limit, first + count); recorded++) {
      const logits = recorded === 0 ? decoder.feed(promptIds) : decoder.step(draws.token);
      drawFrom(draws, logits, recorded);
    }
    return recorded > first ? draws.read(first, recorded - first) : null;
  };
  const begun = performance.now();
  let decodeBegun = begun;
  let sliceBegun = begun;
  let lastRead = begun;
  let following: Promise<number[]> | null = null;
  try {
    let block = record(1);
    while (block) {
      if (pace.ahead) following = record(pace.next());
      // It may fail before it is waited for.
      following?.catch(() => undefined);
      const ids = await block;
      const now = performance.now();
      if (answer.ids.length === 0) decodeBegun = now;
      else pace.took(ids.length, now - lastRead);
      lastRead = now;
      if (!ids.every((id) => answer.accept(id))) break;
      block = following ?? record(pace.next());
      following = null;
      if (performance.now() - sliceBegun > sliceMs) {
        await yieldToEvents();
        sliceBegun = performance.now();
      }
    }
    const { ids } = answer;
    const seconds = (performance.now() - decodeBegun) / 1000;
    return {
      ...answer.end(),
      tokens_per_second: ids.length > 1 && seconds > 0 ? (ids.length - 1) / seconds : 0,
      prefill_ms: decodeBegun - begun,
    };
  } finally {
    // The surplus: its ids are not wanted, nor what may have gone wrong with it.
    await Promise.allSettled([following]);
    draws.dispose();
    decoder.dispose();
    await kernels.finish();
  }
}

/** Where an answer of `limit` tokens is made. Where memory runs out meanwhile, nothing of it stays. */
function place(
  model: Model,
  adapter: LoraAdapter | null,
  options: Sampling & Pick<GenerateOptions, 'promptIds'>,
  limit: number,
  seed: number,
): { decoder: Decoder; draws: Draws } {
  const { promptIds } = options;
  const decoder = createDecoder(model, adapter, promptIds.length + limit);
  try {
    return { decoder, draws: createDraws(model.kernels, model.config.vocabSize, promptIds, limit, options, seed) };
  } catch (error) {
    decoder.dispose();
    throw error;
  }
}

/** Draws a token and frees the logits. */
function drawFrom(draws: Draws, logits: View, index: number): void {
  try {
    draws.draw(logits, index);
  } finally {
    free(logits);
  }
}

/** Models and adapters whose shaders for chat are there. */
const compiled = new WeakSet<Model | LoraAdapter>();

/** Compiles a prefill, a step and a draw, before the first answer. */
async function compileChat(model: Model, adapter: LoraAdapter | null, options: GenerateOptions): Promise<void> {
  if (compiled.has(adapter ?? model)) return;
  await model.kernels.prepare?.(() => {
    const { decoder, draws } = place(model, adapter, options, 1, 0);
    try {
      free(decoder.feed(options.promptIds));
      drawFrom(draws, decoder.step(draws.token), 0);
    } finally {
      draws.dispose();
      decoder.dispose();
    }
  });
  compiled.add(adapter ?? model);
}

function checkPrompt(promptIds: readonly number[], vocabSize: number): void {
  if (promptIds.length === 0)
    throw new TunesmithError(
      'generate/empty-prompt',
      'prompt: must have at least one token, got none; write something first',
    );
  const badId = promptIds.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
  if (badId !== undefined)
    throw new TunesmithError(
      'generate/bad-token',
      `prompt: ids must be below the vocabulary size ${vocabSize}, got ${badId}; the tokenizer is not this model's`,
    );
}

/** The tokens of an answer as they arrive, its text, and whether it has ended. */
class Answer {
  readonly ids: number[] = [];
  #text = '';
  #stop: GenerateResult['stop_reason'] = 'length';

  constructor(
    private readonly options: Pick<GenerateOptions, 'stopStrings' | 'eosTokenIds'>,
    private readonly hooks: GenerateHooks,
  ) {}

  /** Takes a token; false: the answer ends with it. */
  accept(id: number): boolean {
    const { stopStrings, eosTokenIds } = this.options;
    this.ids.push(id);
    const ended = eosTokenIds.includes(id);
    if (!ended) this.#text += this.hooks.decoder.push(id);
    const cuts = stopStrings.map((part) => (part ? this.#text.indexOf(part) : -1)).filter((at) => at >= 0);
    if (cuts.length > 0) this.#text = this.#text.slice(0, Math.min(...cuts));
    this.hooks.onToken?.(this.#text, this.ids.length);
    if (ended) this.#stop = 'eos';
    else if (cuts.length > 0) this.#stop = 'stop_string';
    else if (this.hooks.stopped?.()) this.#stop = 'stopped';
    else return true;
    return false;
  }

  end(): Pick<GenerateResult, 'ids' | 'text' | 'stop_reason'> {
    const rest = this.hooks.decoder.end();
    if (this.#stop !== 'stop_string') this.#text += rest;
    return { ids: this.ids, text: this.#text, stop_reason: this.#stop };
  }
}
