import { describe, expect, it } from 'vitest';
import { processBlock } from '../../src/data/session/processBlock';
import type { RowBlock } from '../../src/data/ingest/rowSource';
import { detectFormat } from '../../src/data/judge/detect';
import { qwenContext, talk } from '../../src/data/testing/contexts';
import { TunesmithError } from '../../src/lib/errors';
import type { ModelSource } from '../../src/protocol/model';
import { RowPool } from './rowPool';
import type { RowWorkerApi } from './rowWorkerApi';

const source: ModelSource = { kind: 'files', files: [], name: 'm' };
const run = qwenContext();
const row = { messages: talk('q', 'a') };
const context = { ...run, detection: detectFormat([row], null, run.recipe.dataset) };
const plan = { recipe: run.recipe, detection: context.detection };
const text = new TextEncoder().encode(JSON.stringify(row));
const block = (firstRow: number): RowBlock => ({
  firstRow,
  count: 1,
  lines: Int32Array.of(firstRow + 1),
  places: Float64Array.of(0, text.length),
  bytes: text.slice(),
  starts: Int32Array.of(0, text.length),
  errors: [],
});
const large = 1 << 30;
type Lane = ReturnType<NonNullable<ConstructorParameters<typeof RowPool>[0]>>;

/** Threads that are none: they answer after a time, and count themselves. */
function fakeLanes(ms: number): {
  start: () => Lane;
  started: () => number;
  ended: () => number;
  crash: () => void;
} {
  let started = 0;
  let crash = (): void => undefined;
  let ended = 0;
  const start = (): Lane => {
    started++;
    let reject: (error: TunesmithError) => void = () => undefined;
    const over = new Promise<never>((_, rejectOver) => (reject = rejectOver));
    over.catch(() => undefined);
    let isOver = false;
    crash = () => reject(new TunesmithError('worker/crashed', 'rows worker: stopped'));
    const api: RowWorkerApi = {
      openModel: () => Promise.resolve(),
      process: (_id, _plan, given) =>
        new Promise((resolve) => setTimeout(() => !isOver && resolve(processBlock(given, context)), ms)),
    };
    const end = (error: TunesmithError): void => {
      ended++;
      isOver = true;
      reject(error);
    };
    return { remote: api as unknown as Lane['remote'], underWay: 0, over, end };
  };
  return { start, started: () => started, ended: () => ended, crash: () => crash() };
}

describe('threads for rows', () => {
  it('are not ended at work, are ended when idle, and start again when needed', async () => {
    const lanes = fakeLanes(40);
    const pool = new RowPool(lanes.start, 2, 15);
    pool.useModel(source);
    const processor = await pool.openProcessor(plan, context, large);
    const results = await Promise.all([0, 1, 2, 3].map((first) => processor.process(block(first))));
    expect(results.map(({ firstRow }) => firstRow)).toEqual([0, 1, 2, 3]);
    expect(results[0]?.ids.length).toBeGreaterThan(5);
    expect([lanes.started(), lanes.ended()]).toEqual([2, 0]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(lanes.ended()).toBe(2);
    expect((await processor.process(block(9))).firstRow).toBe(9);
    expect(lanes.started()).toBe(4);
  });

  it('another model rejects what is under way instead of leaving it waiting', async () => {
    const pool = new RowPool(fakeLanes(1000).start, 2, 10_000);
    pool.useModel(source);
    const processor = await pool.openProcessor(plan, context, large);
    const call = processor.process(block(0));
    await new Promise((resolve) => setTimeout(resolve, 10));
    pool.useModel(source);
    await expect(call).rejects.toMatchObject({ code: 'data/cancelled' });
  });

  it('one that died is not asked again: the next reading begins with new ones', async () => {
    const lanes = fakeLanes(20);
    const pool = new RowPool(lanes.start, 2, 10_000);
    pool.useModel(source);
    const processor = await pool.openProcessor(plan, context, large);
    const calls = [0, 1].map((first) => processor.process(block(first)));
    await new Promise((resolve) => setTimeout(resolve, 5));
    lanes.crash();
    const results = await Promise.allSettled(calls);
    expect(results.some((result) => result.status === 'rejected')).toBe(true);
    const again = await pool.openProcessor(plan, context, large);
    const after = await Promise.all([2, 3, 4].map((first) => again.process(block(first))));
    expect(after.map(({ firstRow }) => firstRow)).toEqual([2, 3, 4]);
    expect([lanes.started(), lanes.ended()]).toEqual([4, 2]);
  });

  it('small files are processed in the same thread', async () => {
    const lanes = fakeLanes(1);
    const pool = new RowPool(lanes.start, 2);
    pool.useModel(source);
    expect((await (await pool.openProcessor(plan, context, 1000)).process(block(0))).count).toBe(1);
    expect(lanes.started()).toBe(0);
  });
});
