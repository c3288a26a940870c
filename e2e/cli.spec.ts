import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { jsonLines, stepsOf, tunesmith } from './cli';
import { fixture } from './studio';

// The command line drives the same built page, so these runs also check the automation hook.
const data = fixture('island.jsonl');
const base = ['--model', 'builtin', '--backend', 'wasm'];
const question = 'What is the name of the keeper of Green Island?';
let folder = '';
let recipes = 0;
test.beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunesmith-cli-'));
});
test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

const training = {
  per_device_train_batch_size: 4,
  gradient_accumulation_steps: 2,
  learning_rate: 3e-3,
  eval_strategy: 'no',
  sample_steps: null,
};

function recipeFile(extra: Record<string, unknown>, rest: Record<string, unknown> = {}): string {
  const path = join(folder, `recipe-${recipes++}.json`);
  const recipe = { dataset: { validation: 0 }, training: { ...training, ...extra }, ...rest };
  writeFileSync(path, JSON.stringify(recipe));
  return path;
}

test('inspect and render print what they read, and only that', async () => {
  const inspected = await tunesmith(['inspect', ...base]);
  expect(inspected.status).toBe(0);
  expect(inspected.stderr).toContain('backend: wasm');
  const facts = JSON.parse(inspected.stdout) as Record<string, unknown>;
  expect(facts).toMatchObject({
    architecture: 'Qwen2ForCausalLM',
    vocab_size: 4096,
    tied_embeddings: true,
    chat_template: true,
  });
  expect(facts['memory']).toMatchObject({ weights: 4 * Number(facts['parameters']) });

  const rendered = await tunesmith(['render', ...base, '--data', fixture('broken.jsonl')]);
  expect(rendered.status).toBe(0);
  const rows = jsonLines<{
    row: number;
    line: number;
    ok: boolean;
    input_ids?: number[];
    labels?: number[];
    error?: { code: string };
  }>(rendered.stdout);
  expect(rows.map(({ row, line }) => [row, line])).toEqual(Array.from({ length: 12 }, (_, row) => [row, row + 1]));
  expect(rows.filter(({ ok }) => ok).map(({ row }) => row)).toEqual([0, 11]);
  const [first] = rows;
  expect(first?.labels?.length).toBe(first?.input_ids?.length);
  expect(first?.labels?.every((label, at) => label === -100 || label === first.input_ids?.[at])).toBe(true);
  expect(rows[1]?.error?.code).toBe('data/invalid-json');
});

test('wrong input ends with status 2, one line of error, and nothing written', async () => {
  const out = join(folder, 'out');
  const unusable = join(folder, 'unusable.jsonl');
  writeFileSync(unusable, '{"messages":[]}\n');
  const masked = join(folder, 'masked.jsonl');
  writeFileSync(masked, '{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":0}]}\n');
  const occupied = join(folder, 'occupied');
  mkdirSync(join(occupied, 'model'), { recursive: true });
  const misspelt = recipeFile({ learning_rat: 1 });
  for (const [words, error] of [
    [['frobnicate'], /^error: options\/unknown-verb: /m],
    [['inspect', '--model', join(folder, 'none')], /^error: input\/no-such-folder: /m],
    [
      ['train', ...base, '--data', data, '--recipe', misspelt, '--out', out],
      /^error: recipe\/[a-z-]+: .*training\.learning_rat.*learning_rate/m,
    ],
    [
      ['train', ...base, '--data', fixture('broken.jsonl'), '--recipe', recipeFile({}), '--out', out],
      /^error: data\/rows-in-error: /m,
    ],
    [
      ['train', ...base, '--data', data, '--recipe', recipeFile({}), '--out', out, '--resume'],
      /^error: input\/no-checkpoint: /m,
    ],
    [['render', ...base, '--data', unusable], /^error: data\/no-usable-rows: /m],
    [['train', ...base, '--data', data, '--recipe', recipeFile({}), '--out', unusable], /^error: options\/bad-out: /m],
    [
      ['train', ...base, '--data', data, '--recipe', recipeFile({}), '--out', occupied],
      /^error: options\/out-in-use: /m,
    ],
    [['score', ...base, '--data', masked], /^error: data\/all-masked: /m],
    [['export', '--model', 'builtin', '--format', 'gguf', '--out', out], /^error: options\/not-yet: /m],
  ] as const) {
    const { status, stderr } = await tunesmith([...words]);
    expect(stderr, words.join(' ')).toMatch(error);
    expect(status, words.join(' ')).toBe(2);
  }
  expect(existsSync(out)).toBe(false);
  expect(readdirSync(occupied)).toEqual(['model']);
});

test('a run that was interrupted, then killed, goes on as if it had never stopped', async () => {
  test.setTimeout(300_000);
  const recipe = recipeFile({ max_steps: 9, save_steps: 3, save_total_limit: 2 }, { adapter: { lora_dropout: 0.1 } });
  const whole = join(folder, 'whole');
  const parts = join(folder, 'parts');
  const train = (out: string, ...more: string[]) => [
    'train',
    ...base,
    '--data',
    data,
    '--recipe',
    recipe,
    '--out',
    out,
    ...more,
  ];
  const uninterrupted = await tunesmith(train(whole));
  expect(uninterrupted.status, uninterrupted.stderr).toBe(0);
  const expected = stepsOf(uninterrupted.stdout);
  expect(expected).toHaveLength(9);
  expect(jsonLines(uninterrupted.stdout).at(-1)).toMatchObject({ event: 'end', reason: 'completed', steps: 9 });
  expect(readdirSync(join(whole, 'checkpoints')).sort()).toEqual([
    'step-00000006.checkpoint',
    'step-00000009.checkpoint',
  ]);

  let sent = false;
  const interrupted = await tunesmith(train(parts), {
    onLine: (line, signal) => {
      if (sent || !line.includes('"step":1,')) return;
      sent = true;
      signal('SIGINT');
    },
  });
  expect(interrupted.status, interrupted.stderr).toBe(0);
  expect(jsonLines(interrupted.stdout).at(-1)).toMatchObject({ event: 'end', reason: 'stopped' });
  const done = stepsOf(interrupted.stdout);
  expect(done.length).toBeLessThan(9);
  expect(done).toEqual(expected.slice(0, done.length));

  const killed = await tunesmith(train(parts, '--resume'), {
    onLine: (line, signal) => {
      if (line.includes('"event":"checkpoint"')) signal('SIGKILL');
    },
  });
  expect(killed.status).toBeNull();
  const resumed = await tunesmith(train(parts, '--resume'));
  expect(resumed.status, resumed.stderr).toBe(0);
  expect(stepsOf(readFileSync(join(parts, 'metrics.jsonl'), 'utf8'))).toEqual(expected);
  const weights = (out: string) =>
    createHash('sha256')
      .update(readFileSync(join(out, 'adapter/adapter_model.safetensors')))
      .digest('hex');
  expect(weights(parts)).toBe(weights(whole));
});

test('a checkpoint follows its own step, a validation file takes no row away, and chat has the template of the run', async () => {
  const out = join(folder, 'out');
  const template = { source: 'preset', preset: 'alpaca' };
  const dataset = { validation: 0.25 };
  const recipe = recipeFile({ max_steps: 12, save_steps: 1, gradient_accumulation_steps: 1 }, { template, dataset });
  const trained = await tunesmith([
    'train',
    ...base,
    '--data',
    data,
    '--validation',
    data,
    '--recipe',
    recipe,
    '--out',
    out,
  ]);
  expect(trained.status, trained.stderr).toBe(0);
  const events = jsonLines<{ event: string; step: number; rows?: number }>(trained.stdout);
  expect(events[0]).toMatchObject({ event: 'start', rows: 8 });
  const checkpoints = events.filter(({ event }) => event === 'checkpoint');
  expect(checkpoints.length).toBeGreaterThan(0);
  for (const checkpoint of checkpoints)
    expect(events[events.indexOf(checkpoint) - 1]).toMatchObject({ event: 'step', step: checkpoint.step });

  const words = ['generate', ...base, '--prompt', question, '--max-new-tokens', '1'];
  const promptOf = async (...more: string[]) =>
    (JSON.parse((await tunesmith([...words, ...more])).stdout) as { prompt_ids: number[] }).prompt_ids;
  const prompt = await promptOf('--adapter', join(out, 'adapter'));
  expect(prompt).toEqual(await promptOf('--recipe', recipe));
  expect(prompt).not.toEqual(await promptOf());
});

test('what was learned is scored, said and exported', async () => {
  test.setTimeout(300_000);
  const out = join(folder, 'out');
  const recipe = recipeFile({ max_steps: 14 });
  const trained = await tunesmith(['train', ...base, '--data', data, '--recipe', recipe, '--out', out]);
  expect(trained.status, trained.stderr).toBe(0);
  const adapter = ['--adapter', join(out, 'adapter')];

  const score = async (...more: string[]) => {
    const { stdout, stderr, status } = await tunesmith(['score', ...base, '--data', data, ...more]);
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout) as {
      loss: number;
      perplexity: number;
      supervised_tokens: number;
      rows: { loss: number; supervised_tokens: number; token_losses: number[] }[];
    };
  };
  const before = await score();
  const after = await score(...adapter);
  expect(after.loss).toBeLessThan(before.loss / 4);
  expect(after.perplexity).toBeCloseTo(Math.exp(after.loss), 4);
  expect(after.rows).toHaveLength(8);
  const tokenLosses = after.rows.flatMap(({ token_losses }) => token_losses);
  expect(tokenLosses).toHaveLength(after.supervised_tokens);
  expect(tokenLosses.reduce((sum, loss) => sum + loss, 0) / tokenLosses.length).toBeCloseTo(after.loss, 5);

  const say = async (...more: string[]) => {
    const { stdout, stderr, status } = await tunesmith([
      'generate',
      ...base,
      '--prompt',
      question,
      '--temperature',
      '0',
      ...more,
    ]);
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout) as { text: string; stop_reason: string; ids: number[]; prompt_ids: number[] };
  };
  const tuned = await say(...adapter);
  expect(tuned.text).toContain('Tom Baker');
  expect(tuned.stop_reason).toBe('eos');
  expect((await say()).text).not.toContain('Tom Baker');

  const exported = join(folder, 'exported');
  const { stdout, status } = await tunesmith(['export', ...base, ...adapter, '--format', 'peft', '--out', exported]);
  expect(status).toBe(0);
  const { files } = JSON.parse(stdout) as { files: { name: string; size: number; sha256: string }[] };
  for (const { name, size, sha256 } of files) {
    const bytes = readFileSync(join(exported, name));
    expect([bytes.length, createHash('sha256').update(bytes).digest('hex')], name).toEqual([size, sha256]);
  }
  const weights = (path: string) => readFileSync(join(path, 'adapter_model.safetensors'));
  expect(weights(exported).equals(weights(join(out, 'adapter')))).toBe(true);
});

test('all weights: the model folder scores as the last evaluation did, and a resumed run ends with the same one', async () => {
  test.setTimeout(300_000);
  const out = join(folder, 'out');
  const recipe = recipeFile(
    { max_steps: 4, save_steps: 2, learning_rate: 5e-4, eval_strategy: 'steps', eval_steps: 4 },
    { adapter: { kind: 'none' } },
  );
  const words = ['train', ...base, '--data', data, '--validation', data, '--recipe', recipe, '--out', out];
  const trained = await tunesmith(words);
  expect(trained.status, trained.stderr).toBe(0);
  const events = jsonLines<{ event: string; loss: number; trainable_parameters: number }>(trained.stdout);
  expect(events[0]).toMatchObject({ event: 'start' });
  expect(events[0]?.trainable_parameters).toBeGreaterThan(3_900_000);
  const model = join(out, 'model');
  expect(readdirSync(model).sort()).toEqual([
    'README.md',
    'config.json',
    'generation_config.json',
    'model.safetensors',
    'recipe.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  expect(existsSync(join(out, 'adapter'))).toBe(false);
  const scored = await tunesmith(['score', '--model', model, '--backend', 'wasm', '--data', data, '--recipe', recipe]);
  expect(scored.status, scored.stderr).toBe(0);
  const { loss } = JSON.parse(scored.stdout) as { loss: number };
  const evaluated = events.filter(({ event }) => event === 'eval').at(-1);
  expect(evaluated?.loss).toBe(loss);

  const weights = () =>
    createHash('sha256')
      .update(readFileSync(join(model, 'model.safetensors')))
      .digest('hex');
  const first = weights();
  rmSync(join(out, 'checkpoints/step-00000004.checkpoint'));
  rmSync(model, { recursive: true });
  const resumed = await tunesmith([...words, '--resume']);
  expect(resumed.status, resumed.stderr).toBe(0);
  expect(stepsOf(resumed.stdout)).toEqual(stepsOf(trained.stdout).slice(2));
  expect(weights()).toBe(first);
});

test('raw text and conversations are continued as given', async () => {
  const raw = await tunesmith([
    'generate',
    ...base,
    '--raw',
    'The capital of',
    '--max-new-tokens',
    '3',
    '--temperature',
    '0',
  ]);
  expect(raw.status, raw.stderr).toBe(0);
  expect((JSON.parse(raw.stdout) as { ids: number[] }).ids.length).toBeLessThanOrEqual(3);
  const path = join(folder, 'messages.json');
  writeFileSync(path, JSON.stringify([{ role: 'user', content: 'What is the opposite of hot?' }]));
  const words = ['generate', ...base, '--temperature', '0'];
  const [fromFile, fromPrompt] = [
    await tunesmith([...words, '--messages', path]),
    await tunesmith([...words, '--prompt', 'What is the opposite of hot?']),
  ];
  const ids = ({ stdout }: { stdout: string }) => (JSON.parse(stdout) as { prompt_ids: number[] }).prompt_ids;
  expect(ids(fromFile)).toEqual(ids(fromPrompt));
});
