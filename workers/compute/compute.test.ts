import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { openFixture, tableOf, testRecipe } from '../../src/engine/testing/fixtures';
import type { ComputeApi } from '../../src/protocol/computeApi';
import { contractEvent, type RunEvent } from '../../src/protocol/run';
import type { TrainRequest } from '../../src/protocol/training';
import type { RecipeInput } from '../../src/recipe/schema';
import { createCompute } from './compute';
import { modelFiles, testOpeners } from './testing/tinyModel';

describe('compute verbs', () => {
  let compute: ComputeApi;
  let request: TrainRequest;
  const chat = {
    promptIds: [7, 13, 44],
    useAdapter: false,
    max_new_tokens: 12,
    temperature: 0,
    top_p: 1,
    top_k: 0,
    min_p: 0,
    repetition_penalty: 1,
    seed: 1,
    stopStrings: [],
  };

  beforeAll(async () => {
    compute = createCompute(testOpeners);
    const device = await compute.openDevice('auto');
    expect(device.reason).toContain('no WebGPU');
    expect(await compute.openDevice('auto')).toEqual(device);
    const progress: string[] = [];
    const model = await compute.loadModel({ kind: 'files', files: modelFiles(), name: 'tiny' }, {}, ({ phase }) =>
      progress.push(phase),
    );
    expect(model).toMatchObject({
      name: 'tiny',
      architecture: 'Qwen2ForCausalLM',
      vocabSize: 83,
      layers: 3,
      eosTokenIds: [2],
      dtype: 'f32',
    });
    expect(progress).toContain('load');
    const { examples } = await openFixture('qwen2');
    request = {
      runId: 'r',
      recipe: testRecipe({}),
      train: tableOf(examples),
      validation: null,
      samples: [],
      dataHash: 'd',
      adapter: null,
      checkpoint: null,
    };
  }, 120_000); // builds the WASM modules where they are out of date

  const train = async (
    training: RecipeInput['training'],
    changes: Partial<TrainRequest> = {},
    onEvent?: (event: RunEvent) => void,
  ) => {
    const events: RunEvent[] = [];
    const recipe = testRecipe({
      per_device_train_batch_size: 2,
      gradient_accumulation_steps: 1,
      learning_rate: 1e-2,
      ...training,
    });
    const result = await compute.train({ ...request, recipe, ...changes }, (list) => {
      events.push(...list);
      list.forEach((event) => onEvent?.(event));
    });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
    return { result, events };
  };

  test('train, chat tuned and base, score, export, load: the base never changes', async () => {
    await compute.dropAdapter();
    await expect(compute.generate({ ...chat, id: 'x', useAdapter: true }, () => {})).rejects.toMatchObject({
      code: 'adapter/none',
    });
    const base = await compute.generate({ ...chat, id: 'a' }, () => {});
    const score = (useAdapter: boolean) => compute.score({ examples: request.train, batchSize: 2, useAdapter });
    const baseScore = await score(false);

    const { result, events } = await train(
      { max_steps: 12, save_steps: 6, sample_steps: 6, eval_strategy: 'steps', eval_steps: 6 },
      { validation: request.train, samples: [{ row: 3, prompt: 'p', promptIds: [5, 6], expected: 'e' }] },
    );
    expect(result).toMatchObject({ reason: 'completed', steps: 12, bestStep: 12 });
    const kinds = events.map(({ event }) => event);
    expect(kinds[0]).toBe('start');
    expect(kinds.at(-1)).toBe('end');
    for (const [kind, count] of [
      ['step', 12],
      ['eval', 3], // before the first step, too
      ['sample', 3],
      ['checkpoint', 2],
    ] as const)
      expect(
        kinds.filter((each) => each === kind),
        kind,
      ).toHaveLength(count);
    expect(await compute.hasAdapter()).toBe(true);

    const tunedScore = await score(true);
    expect(tunedScore.loss).toBeLessThan(0.8 * baseScore.loss);
    expect(await score(false)).toEqual(baseScore);
    const texts: string[] = [];
    const tuned = await compute.generate({ ...chat, id: 'b', useAdapter: true }, (text) => texts.push(text));
    expect(tuned.ids).not.toEqual(base.ids);
    expect(texts.at(-1)).toBe(tuned.text);
    expect((await compute.generate({ ...chat, id: 'c' }, () => {})).ids).toEqual(base.ids);

    const files = await compute.exportAdapter();
    expect(files.map(({ name }) => name).sort()).toEqual([
      'README.md',
      'adapter_config.json',
      'adapter_model.safetensors',
      'recipe.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    await compute.dropAdapter();
    await compute.loadAdapter(files);
    expect(await score(true)).toEqual(tunedScore);
  });

  test('continues a PEFT adapter with its own settings, says so, and leaves DoRA as PEFT writes it', async () => {
    const folder = '../../src/engine/fixtures/qwen2/continued';
    const read = (name: string) => new Uint8Array(readFileSync(new URL(`${folder}/${name}`, import.meta.url)));
    const adapter = ['adapter_config.json', 'adapter_model.safetensors'].map((name) => ({ name, bytes: read(name) }));
    const { training, curve } = JSON.parse(new TextDecoder().decode(read('expected.json'))) as {
      training: RecipeInput['training'];
      curve: { loss: number }[];
    };
    const { events } = await train({}, { recipe: testRecipe(training), adapter });
    const losses = events.flatMap((event) => (event.event === 'step' ? [event.loss] : []));
    curve.forEach(({ loss }, step) => expect(Math.abs((losses[step] ?? NaN) / loss - 1)).toBeLessThan(1e-4));
    expect(events[1]).toMatchObject({
      event: 'warning',
      code: 'adapter/other-settings',
      message:
        'adapter: the run continues it with its own r = 2 (recipe: 16), lora_alpha = 6 (recipe: 32), use_rslora = true (recipe: false), use_dora = true (recipe: false), target_modules',
    });

    const score = () => compute.score({ examples: request.train, batchSize: 2, useAdapter: true });
    const [files, tuned] = [await compute.exportAdapter(), await score()];
    const config = files.find(({ name }) => name === 'adapter_config.json');
    expect(JSON.parse(new TextDecoder().decode(config?.bytes))).toMatchObject({
      r: 2,
      use_dora: true,
      use_rslora: true,
      target_modules: [0, 2].flatMap((layer) => [
        `model.layers.${layer}.mlp.down_proj`,
        `model.layers.${layer}.self_attn.q_proj`,
      ]),
    });
    await compute.dropAdapter();
    await compute.loadAdapter(files);
    expect(await score()).toEqual(tuned);
    const again = await train(
      { max_steps: 1 },
      {
        adapter: files,
        recipe: testRecipe(
          { max_steps: 1 },
          {
            adapter: {
              r: 2,
              lora_alpha: 6,
              use_rslora: true,
              use_dora: true,
              target_modules: [
                'model.layers.0.self_attn.q_proj',
                'model.layers.0.mlp.down_proj',
                'model.layers.2.self_attn.q_proj',
                'model.layers.2.mlp.down_proj',
              ],
            },
          },
        ),
      },
    );
    expect(again.events.filter(({ event }) => event === 'warning')).toEqual([]);
    const [q, rest] = [files.slice(0, 1), testRecipe({}, { adapter: { kind: 'none' } })];
    await expect(train({}, { adapter: files, recipe: rest })).rejects.toMatchObject({ code: 'recipe/full-adapter' });
    await expect(train({}, { adapter: q })).rejects.toMatchObject({ code: 'adapter/missing-file' });
  });

  test('pause, chat while paused, resume, a checkpoint on demand, stop, resume from it', async () => {
    const seen: number[] = [];
    let paused = false;
    const whole = await train({ max_steps: 500 });
    const stop = train({ max_steps: 500 }, {}, (event) => {
      if (event.event !== 'step') return;
      seen.push(event.step);
      if (paused) return;
      paused = true;
      void (async () => {
        await compute.control('r', 'pause');
        const answer = await compute.generate({ ...chat, id: 'd', useAdapter: true }, () => {});
        // How long it is depends on the step at which the pause came.
        expect(answer.ids.length).toBeGreaterThan(0);
        const count = seen.length;
        await new Promise((resolve) => setTimeout(resolve, 250));
        expect(seen.length - count).toBeLessThanOrEqual(2); // events that were on their way
        expect(await compute.checkpoint()).toBeInstanceOf(Uint8Array);
        await compute.control('r', 'resume');
        await compute.control('r', 'stop');
      })();
    });
    await expect(compute.train(request, () => {})).rejects.toMatchObject({ code: 'train/busy' });
    const { result, events } = await stop;
    expect(result.reason).toBe('stopped');
    expect(result.steps).toBeLessThan(500);
    const told = events.flatMap((event) => contractEvent(event)?.event ?? []);
    expect(told.slice(-2)).toEqual(['checkpoint', 'end']);

    const checkpoint = await compute.checkpoint();
    const rest = await train({ max_steps: 500 }, { checkpoint });
    const losses = (list: RunEvent[]) => list.flatMap((event) => (event.event === 'step' ? [event.loss] : []));
    expect(losses(rest.events)).toEqual(losses(whole.events).slice(result.steps));
    await expect(compute.control('r', 'stop')).rejects.toMatchObject({ code: 'train/no-run' });
  });

  test('a run that is refused leaves the adapter that was there', async () => {
    expect(await compute.hasAdapter()).toBe(true);
    const before = await compute.score({ examples: request.train, batchSize: 4, useAdapter: true });
    await expect(train({}, { checkpoint: new Uint8Array(100) })).rejects.toMatchObject({ code: 'checkpoint/damaged' });
    expect(await compute.score({ examples: request.train, batchSize: 4, useAdapter: true })).toEqual(before);
  });

  test('generation stops when asked, and at a stop string', async () => {
    const long = { ...chat, max_new_tokens: 90 };
    const stopped = compute.generate(
      { ...long, id: 'e' },
      (_, tokens) => void (tokens >= 1 && compute.stopGeneration('e')),
    );
    expect((await stopped).stop_reason).toBe('stopped');
    const all = await compute.generate({ ...chat, id: 'f' }, () => {});
    const part = all.text.slice(4, 6);
    const cut = await compute.generate({ ...chat, id: 'g', stopStrings: [part] }, () => {});
    expect(cut).toMatchObject({ stop_reason: 'stop_string', text: all.text.slice(0, all.text.indexOf(part)) });
  });

  test('all weights: base and tuned answer, every run begins with the base, the folder scores as the run did', async () => {
    await compute.loadModel({ kind: 'files', files: modelFiles(), name: 'tiny' }, {}, () => {});
    const empty = await compute.memory();
    const score = (useAdapter: boolean) => compute.score({ examples: request.train, batchSize: 2, useAdapter });
    const base = await score(false);
    const recipe = testRecipe(
      { per_device_train_batch_size: 2, gradient_accumulation_steps: 1, learning_rate: 1e-2, max_steps: 8 },
      { adapter: { kind: 'none' } },
    );
    await expect(compute.openExport()).rejects.toMatchObject({ code: 'export/no-model' });
    const whole = train({}, { recipe, validation: request.train });
    // The run waits before its first step.
    await compute.control('r', 'pause');
    expect(await compute.generate({ ...chat, id: 'during', useAdapter: true }, () => {})).toMatchObject({
      stop_reason: 'length',
    });
    await expect(compute.generate({ ...chat, id: 'away' }, () => {})).rejects.toMatchObject({
      code: 'model/base-away',
    });
    await compute.control('r', 'resume');
    const { result, events } = await whole;
    expect(result.steps).toBe(8);
    expect(events[0]).toMatchObject({ event: 'start', trainable_parameters: 15480 });
    expect(await compute.tunedKind()).toBe('model');
    const tuned = await score(true);
    expect(tuned.loss).toBeLessThan(0.8 * base.loss);
    expect(await score(false)).toEqual(base);
    await expect(compute.exportAdapter()).rejects.toMatchObject({ code: 'adapter/none' });

    // The weights of the first run would give another loss.
    await train({}, { recipe });
    expect(await score(true)).toEqual(tuned);

    const files = await Promise.all(
      (await compute.openExport()).map(async ({ name, sizeBytes }) => {
        const parts: Uint8Array<ArrayBuffer>[] = [];
        for (let at = 0; at < sizeBytes; at += 1999)
          parts.push(new Uint8Array(await compute.readExport(name, at, Math.min(at + 1999, sizeBytes))));
        return new File(parts, name);
      }),
    );
    expect(files.map(({ name }) => name).sort()).toEqual([
      'README.md',
      'config.json',
      'model.safetensors',
      'recipe.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    await expect(compute.readExport('config.json', 0, 1e6)).rejects.toMatchObject({ code: 'export/range' });
    await compute.dropAdapter();
    await expect(compute.readExport('config.json', 0, 1)).rejects.toMatchObject({ code: 'export/closed' });
    expect(await compute.tunedKind()).toBeNull();
    expect(await score(false)).toEqual(base);
    expect(await compute.memory()).toEqual({ ...empty, peakDeviceBytes: (await compute.memory()).peakDeviceBytes });

    await compute.loadModel({ kind: 'files', files, name: 'tuned' }, {}, () => {});
    expect(await score(false)).toEqual(tuned);
  });

  test('nothing grows over runs, chats and model loads', async () => {
    const round = async () => {
      await compute.loadModel({ kind: 'files', files: modelFiles(), name: 'tiny' }, {}, () => {});
      await train({ max_steps: 3 });
      await compute.generate({ ...chat, id: 'h' }, () => {});
      return compute.memory();
    };
    const first = await round();
    expect(await round()).toEqual(first);
  });
});
