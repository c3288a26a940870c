import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { writeSafetensors } from '../../src/formats/safetensors/writeSafetensors';
import type { Answer, Order, StepWork } from '../contender';
import type { Remote } from '../remotes';
import { adapterTensors, configOf, frozenTensors, learningRate, loraAlpha, rank, valuesOf } from './workload';

const project = join(import.meta.dirname, '../..');

/** PyTorch with the Python that TUNESMITH_PYTHON names (bench/step/requirements.txt); null where none is named. */
export function openPytorch(): (Remote & { close(): void }) | null {
  const python = process.env.TUNESMITH_PYTHON;
  if (!python) return null;
  const child = spawn(python, [join(project, 'bench/step/withPytorch.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const tell = (order: unknown): Promise<Answer> =>
    new Promise((done) => {
      const onExit = (status: number | null): void =>
        done({ ok: false, message: `Python ended with ${String(status)}` });
      child.once('exit', onExit);
      lines.once('line', (line) => {
        child.off('exit', onExit);
        done(JSON.parse(line) as Answer);
      });
      child.stdin.write(`${JSON.stringify(order)}\n`);
    });
  return {
    ask: (order: Order) => {
      if (order.order !== 'prepare') return tell(order);
      if (order.work.suite !== 'step')
        return Promise.resolve({ ok: false, message: `PyTorch: takes no part in ${order.work.suite}` });
      return tell({ order: 'prepare', ...pytorchWork(order.work) });
    },
    close: () => void child.kill(),
  };
}

/** The same model, adapter and rows as ours; the numbers go over a file. Without recomputation, as PyTorch is fastest. */
function pytorchWork({ sides, rows, r = rank }: StepWork): Record<string, unknown> {
  const tensors = [...frozenTensors(sides), ...adapterTensors(sides, r)];
  const folder = join(project, '.cache');
  mkdirSync(folder, { recursive: true });
  const weights = join(folder, 'bench-pytorch.safetensors');
  writeFileSync(
    weights,
    writeSafetensors(tensors.map((tensor) => ({ name: tensor.name, shape: tensor.shape, values: valuesOf(tensor) }))),
  );
  return { config: configOf(sides), rows, rank: r, alpha: loraAlpha, learningRate, checkpointing: false, weights };
}
