import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../kernels/kernels';
import type { ExampleTable } from '../../protocol/example';
import type { GradientCheckResult } from '../../protocol/run';
import type { Recipe } from '../../recipe/schema';
import { loraLayout } from '../adapters/layout';
import { gradientCheck } from '../check/gradientCheck';
import type { Model } from '../model/model';
import { openFixture, tableOf, testRecipe, type Fixture } from './fixtures';

/** The gradient check on one device: it passes where gradients are right, and fails where one is wrong. `slow`: with one row, and less of it. */
export function gradientCheckSpec(open: () => Promise<Kernels>, { slow = false } = {}): void {
  describe('gradient check', () => {
    let kernels: Kernels;
    let fixture: Fixture;
    let model: Model;
    let table: ExampleTable;
    const targets = slow ? ['v_proj'] : ['q_proj', 'v_proj'];
    const recipe = testRecipe({}, { adapter: { r: 4, target_modules: targets } });

    beforeAll(async () => {
      kernels = await open();
      fixture = await openFixture('qwen2');
      model = await fixture.model(kernels);
      table = tableOf(fixture.examples.slice(0, slow ? 1 : undefined));
    });
    afterAll(() => model.dispose());

    const check = (recipe: Recipe, on = model): Promise<GradientCheckResult> => gradientCheck(on, recipe, table);

    /** The model on kernels whose calls of `name` are changed. */
    const changed = <K extends keyof Kernels>(name: K, call: Kernels[K]): Model => ({
      ...model,
      kernels: new Proxy(kernels, {
        get: (target, key) => {
          const value: unknown = key === name ? call : Reflect.get(target, key);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      }),
    });

    test('passes, and leaves nothing behind', async () => {
      const tensors = tf.memory().numTensors;
      const seen: [number, number][] = [];
      const result = await gradientCheck(model, recipe, table, (...now) => seen.push(now));
      const kinds = targets.flatMap((target) => [`${target} lora_A`, `${target} lora_B`]);
      expect(result.parts.map(({ name }) => name)).toEqual([...kinds, 'all']);
      for (const part of result.parts) {
        expect(part.passed, JSON.stringify(part)).toBe(true);
        expect(part.tolerance, JSON.stringify(part)).toBeLessThan(1e-3);
        expect(Math.abs(part.analytic), part.name).toBeGreaterThan(1e-3);
      }
      expect(result).toMatchObject({ passed: true, rows: table.rows.length, tokens: table.inputIds.length });
      const total = kinds.length + 3;
      expect([seen[0], seen.at(-1)]).toEqual([
        [0, total],
        [total, total],
      ]);
      expect(tf.memory().numTensors).toBe(tensors);
    });

    if (!slow)
      test('passes with DoRA, whose norms are constants of its backward pass, and with label smoothing', async () => {
        const { parts } = await check(
          testRecipe(
            { label_smoothing_factor: 0.1 },
            { adapter: { r: 4, use_dora: true, target_modules: ['k_proj'] } },
          ),
        );
        expect(parts.map(({ name, passed }) => [name, passed])).toEqual([
          ['k_proj lora_A', true],
          ['k_proj lora_B', true],
          ['k_proj lora_magnitude_vector', true],
          ['all', true],
        ]);
      });

    // The rule does not depend on the device: a slow one shows it once.
    const wrongs: [string, number][] = [
      ['5 % too large', 1.05],
      ['1 % too small', 0.99],
      ['of the other sign', -1],
      ['zero', 0],
    ];
    test.each(wrongs.slice(0, slow ? 1 : undefined))(
      'the gradient of one kind is %s: that kind fails, and no other',
      async (_, factor) => {
        const layout = loraLayout(model.config, recipe.adapter);
        let reads = 0;
        const wrong = changed('read', async (x) => {
          const numbers = await kernels.read(x);
          // The adapter's flat buffer is read twice: its values, then its gradients.
          if (numbers.length !== layout.size || ++reads !== 2) return numbers;
          for (const { path, bOffset, outFeatures } of layout.modules)
            if (path.endsWith('v_proj'))
              for (let at = bOffset; at < bOffset + 4 * outFeatures; at++) numbers[at] = factor * (numbers[at] ?? 0);
          return numbers;
        });
        const { parts, passed } = await check(recipe, wrong);
        expect(reads).toBe(2);
        expect(passed).toBe(false);
        const failed = parts.filter((part) => !part.passed).map(({ name }) => name);
        expect(failed.filter((name) => name !== 'all')).toEqual(['v_proj lora_B']);
      },
    );

    if (!slow)
      test('a kernel whose backward pass is wrong by 3 % fails', async () => {
        const { passed } = await check(
          recipe,
          changed('attentionBackward', (dO, forward, keys, queries, shape) =>
            kernels.attentionBackward(dO, forward, keys, queries, { ...shape, scale: 1.03 * shape.scale }),
          ),
        );
        expect(passed).toBe(false);
      });
  });
}
