// Child process: one training step of fixed work some eight times a second, on the processor that the page has. Writes what each took
// of the processor's time, ms a line. Its learning rate is 0, so that the thousandth step computes what the first did.
import { setTimeout as pause } from 'node:timers/promises';
import { openWasm } from '../../src/kernels/wasm';
import { prepareOurs } from '../step/ours';
import { builtinSides, makeRows } from '../step/workload';

const everyMs = 100;
const rows = makeRows({ count: 1, shortest: 12, longest: 12, answer: 12, vocabSize: builtinSides.vocabSize });

const { kernels } = await openWasm({ threads: 1 });
const work = await prepareOurs(kernels, { suite: 'step', sides: builtinSides, rows, rate: 0 });
for (;;) {
  const before = process.cpuUsage();
  await work.once();
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${(user + system) / 1000}\n`);
  await pause(everyMs);
}
