import { expect, test } from 'vitest';
import { runFile } from './runExport';
import { RunSeries } from './runSeries';

const loss = (step: number): number => Math.exp(-step / 3000) / 3;

function longRun(steps: number): RunSeries {
  const series = new RunSeries();
  let seq = 0;
  const evaluation = (step: number): void =>
    series.add({ event: 'eval', step, loss: 2 / 3, perplexity: 2, token_accuracy: 0.1, runId: 'r', seq: seq++ });
  evaluation(0);
  for (let step = 1; step <= steps; step++)
    series.add({
      event: 'step',
      step,
      epoch: step / 10,
      loss: step === 2 ? NaN : loss(step),
      grad_norm: 1,
      learning_rate: 1e-3,
      supervised_tokens: 1,
      tokens: 7,
      ms: 0.1,
      runId: 'r',
      seq: seq++,
    });
  evaluation(steps);
  return series;
}

test('CSV: a line for every step and evaluation, every number to the last bit', async () => {
  const csv = await (await runFile(longRun(9000), 'csv')).text();
  const lines = csv.trimEnd().split('\r\n');
  const [head = '', first = '', ...rest] = lines;
  const column = head.split(',').indexOf('loss');
  expect(lines).toHaveLength(1 + 9001);
  expect(first.split(',').slice(0, 3)).toEqual(['0', '', '']);
  expect(first).toContain(String(2 / 3));
  expect(rest.map((line) => line.split(',').length).every((cells) => cells === head.split(',').length)).toBe(true);
  expect(Number(rest[8998]?.split(',')[column])).toBe(loss(8999));
});

test('JSON: everything, what is not finite as null', async () => {
  const document = JSON.parse(await (await runFile(longRun(9000), 'json')).text()) as Record<string, unknown[]>;
  expect(document['losses']).toHaveLength(9000);
  expect(document['losses']?.slice(0, 3)).toEqual([loss(1), null, loss(3)]);
  expect(document['evals']).toHaveLength(2);
});
