import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../kernels/kernels';
import { markSeen, sampleRow, sampleTerms } from '../../kernels/sample/rule';
import { createDecoder } from '../generate/decoder';
import { generate, type GenerateHooks, type GenerateOptions } from '../generate/generate';
import { inBlocks, oneByOne, type Pace } from '../generate/pace';
import type { Model } from '../model/model';
import { free } from '../scope';
import { openFixture } from './fixtures';

const blocksOf = (size: number): Pace => ({ ahead: true, next: () => size, took: () => {} });

/** What chat promises on one device: the same tests for every kernel implementation. */
export function generateSpec(open: () => Promise<Kernels>): void {
  describe('generation', () => {
    let kernels: Kernels;
    let model: Model;
    const plain: GenerateOptions = {
      promptIds: [5, 9, 9, 14, 3],
      max_new_tokens: 18,
      temperature: 0,
      top_k: 0,
      top_p: 1,
      min_p: 0,
      repetition_penalty: 1,
      seed: 11,
      stopStrings: [],
      eosTokenIds: [],
    };
    const sampled: GenerateOptions = {
      ...plain,
      temperature: 1.3,
      top_k: 30,
      top_p: 0.95,
      min_p: 0.01,
      repetition_penalty: 1.2,
    };
    const answer = (options: GenerateOptions, hooks: Partial<GenerateHooks> = {}) =>
      generate(model, null, options, { decoder: { push: (id) => `<${id}>`, end: () => '' }, ...hooks });

    beforeAll(async () => {
      kernels = await open();
      model = await (await openFixture('qwen3')).model(kernels);
    });
    afterAll(() => model.dispose());

    test('the tokens of the rule, from logits read one by one', async () => {
      const { promptIds, max_new_tokens: count } = sampled;
      const decoder = createDecoder(model, null, promptIds.length + count);
      const seen = new Int32Array(Math.ceil(model.config.vocabSize / 32));
      for (const id of promptIds) markSeen(seen, id);
      const ids: number[] = [];
      const options = { temperature: 1.3, topK: 30, topP: 0.95, minP: 0.01, repetitionPenalty: 1.2, seed: 11 };
      let input = promptIds;
      for (let index = 0; index < count; index++) {
        const logits = decoder.feed(input);
        const row = await kernels.read(logits);
        free(logits);
        const id = sampleRow(row, seen, sampleTerms(options, row.length, index));
        markSeen(seen, id);
        ids.push(id);
        input = [id];
      }
      decoder.dispose();
      expect((await answer(sampled)).ids).toEqual(ids);
      expect((await answer({ ...sampled, seed: 12 })).ids).not.toEqual(ids);
    });

    test('read in blocks of any size, the same answer, token by token', async () => {
      for (const options of [plain, sampled]) {
        const results = [];
        for (const pace of [oneByOne(), blocksOf(5), inBlocks()]) {
          const texts: string[] = [];
          const { ids, text } = await answer(options, { pace, onToken: (now) => texts.push(now) });
          expect(texts).toHaveLength(18);
          results.push({ ids, text, texts });
        }
        for (const result of results) expect(result).toEqual(results[0]);
      }
    });

    test('an end token, a stop string or a stop inside a block: what comes after is dropped', async () => {
      const { ids } = await answer(sampled);
      const end = ids.findIndex((id, index) => index > 2 && ids.indexOf(id) === index);
      expect(end).toBeGreaterThan(2);
      const last = ids[end] ?? 0;
      for (const pace of [oneByOne(), blocksOf(16)]) {
        expect(await answer({ ...sampled, eosTokenIds: [last] }, { pace })).toMatchObject({
          ids: ids.slice(0, end + 1),
          stop_reason: 'eos',
        });
        expect(await answer({ ...sampled, stopStrings: [`<${last}>`] }, { pace })).toMatchObject({
          ids: ids.slice(0, end + 1),
          text: ids
            .slice(0, end)
            .map((id) => `<${id}>`)
            .join(''),
          stop_reason: 'stop_string',
        });
        let asked = 0;
        expect(await answer(sampled, { pace, stopped: () => ++asked === 4 })).toMatchObject({
          ids: ids.slice(0, 4),
          stop_reason: 'stopped',
        });
      }
    });

    test('50 answers leave tensors, bytes and pool as the fifth left them', async () => {
      const memory = () => {
        const facts: tf.MemoryInfo & { numBytesInGPU?: number; numBytesAllocatedInGPU?: number } = tf.memory();
        const held = (tf.backend() as { memory?: () => { bytesReserved?: number } }).memory?.();
        return {
          tensors: facts.numTensors,
          bytes: facts.numBytesInGPU ?? facts.numBytes,
          pool: facts.numBytesAllocatedInGPU ?? held?.bytesReserved ?? 0,
        };
      };
      let atFive = null;
      for (let round = 1; round <= 50; round++) {
        await answer({ ...sampled, seed: round, max_new_tokens: 4 }, { pace: blocksOf(1 + (round % 3)) });
        if (round === 5) atFive = memory();
      }
      expect(memory()).toEqual(atFive);
    });
  });
}
