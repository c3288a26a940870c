import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Submissions } from './submissions';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

/** A device whose submissions end when they are told to, and what was blamed on it. */
function rig() {
  const blamed: string[][] = [];
  const ends: (() => void)[] = [];
  let lose: (reason: GPUDeviceLostReason) => void = () => undefined;
  const lost = new Promise<{ reason: GPUDeviceLostReason }>((resolve) => (lose = (reason) => resolve({ reason })));
  const destroy = vi.fn(() => lose('destroyed'));
  const onSubmittedWorkDone = () => new Promise<void>((resolve) => ends.push(resolve));
  const device = { lost, destroy, queue: { onSubmittedWorkDone } } as unknown as GPUDevice;
  const reports = {
    suspects: new Set<string>(),
    failed: () => undefined,
    hung: (ops: readonly string[]) => blamed.push([...ops]),
  };
  const submissions = new Submissions(device, reports);
  const submit = (...ops: string[]): void => {
    for (const op of ops) submissions.recorded(op);
    submissions.submitted();
  };
  const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
  return { blamed, ends, lose, destroy, submit, settle };
}

test('a device that gets on, however slowly, is left alone; one that does not is given up after two minutes', async () => {
  const { blamed, ends, destroy, submit, settle } = rig();
  submit('matmul');
  for (let round = 0; round < 5; round++) {
    submit('rope');
    await vi.advanceTimersByTimeAsync(110_000);
    ends.shift()?.();
    await settle();
  }
  expect(destroy).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(130_000);
  expect(destroy).toHaveBeenCalledOnce();
  expect(blamed).toEqual([['rope']]);
});

test('an idle device is not looked at', async () => {
  const { ends, destroy, submit } = rig();
  submit('add');
  ends.shift()?.();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect([vi.getTimerCount(), destroy.mock.calls.length]).toEqual([0, 0]);
});

test.each<[string, GPUDeviceLostReason, number, string[][]]>([
  ['reset by its driver after seconds in one command buffer: what was in it', 'unknown', 2000, [['matmul', 'add']]],
  ['lost at once: nothing', 'unknown', 100, []],
  ['closed while it was at work: nothing', 'destroyed', 2000, []],
])('a device %s', async (_, reason, ms, expected) => {
  const { blamed, lose, submit, settle } = rig();
  submit('matmul', 'add');
  submit('rope');
  await vi.advanceTimersByTimeAsync(ms);
  lose(reason);
  await settle();
  expect(blamed).toEqual(expected);
  expect(vi.getTimerCount()).toBe(0);
});
