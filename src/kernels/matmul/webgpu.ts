import type { Kernels } from '../kernels';
import { asView, matrixOf, type Operand, type View } from '../runtime/view';
import { programsOf } from '../runtime/webgpuPrograms';
import { ceilDiv, vec4Of, type WebgpuContext } from '../runtime/webgpuTuning';
import { f32Matrix, type Weight } from '../weights/weight';
import blockSource from './matmul.wgsl?raw';
import anySource from './matmulAny.wgsl?raw';
import matvecSource from './matvec.wgsl?raw';
import splitSumSource from './splitSum.wgsl?raw';

// C [m, n] = alpha · op(A) [m, k] · op(B) [k, n] + bias [n] (+ C).

type Layout = 'NN' | 'NT' | 'TN';

interface Task {
  a: View;
  b: View;
  out: View;
  bias: View | null;
  alpha: number;
  accumulate: boolean;
  layout: Layout;
  m: number;
  k: number;
  n: number;
}

/** How a task is cut: tile sides, rows of a thread's block in fours, column blocks of four. */
interface Plan {
  quads: boolean;
  any: boolean;
  H: number;
  tileRows: number;
  tileColumns: number;
}

/** A part of k shorter than this is not worth a pass of its own. */
const shortestSplit = 256;

export function createMatmul(context: WebgpuContext): Kernels['matmul'] {
  const { runner, tuning } = context;
  const blocks = programsOf(context, 'matmul', blockSource);
  const anys = programsOf(context, 'matmulAny', anySource);
  const matvecs = programsOf(context, 'matvec', matvecSource);
  const splitSums = programsOf(context, 'splitSum', splitSumSource);

  function planOf({ layout, m, k, n }: Task): Plan {
    const fits = layout === 'NT' ? vec4Of(k) : layout === 'NN' ? vec4Of(k, n) : vec4Of(m, n);
    if (!fits) return { quads: false, any: true, H: 1, tileRows: 32, tileColumns: 32 };
    const side = tuning.quads ? 16 : 32;
    // Narrow outputs (adapter ranks) leave the second half of a wide block empty.
    const H = n > side ? 2 : 1;
    return { quads: tuning.quads, any: false, H, tileRows: side, tileColumns: side * H };
  }

  function block(task: Task, plan: Plan, target: View, splits: number, kPerSplit: number): void {
    const { a, b, layout, m, k, n } = task;
    const whole = splits === 1;
    const bias = whole ? task.bias : null;
    const tilesN = ceilDiv(n, plan.tileColumns);
    const tiles = ceilDiv(m, plan.tileRows) * tilesN;
    const accumulate = whole && task.accumulate ? 1 : 0;
    const params = [m, k, n, tilesN, tiles, splits, kPerSplit, accumulate, { f: whole ? task.alpha : 1 }];
    const operands = bias ? [a, b, target, bias] : [a, b, target];
    const access = bias ? 'rrwr' : 'rrw';
    const BIAS = bias ? 1 : 0;
    if (plan.any) {
      const strides = layout === 'NN' ? [k, 1, n, 1] : layout === 'NT' ? [k, 1, 1, k] : [1, m, n, 1];
      const any = anys(access, { BIAS });
      runner.dispatch(any, operands, [...params, ...strides], tiles * splits);
      return;
    }
    const values = {
      QUAD: plan.quads ? 1 : 0,
      R: plan.quads ? 4 : 1,
      H: plan.H,
      NT: layout === 'NT' ? 1 : 0,
      TN: layout === 'TN' ? 1 : 0,
      VECC: vec4Of(n),
      BIAS,
    };
    runner.dispatch(blocks(access, values), operands, params, tiles * splits);
  }

  function matvec({ a, b, out, bias, alpha, accumulate, k, n }: Task): void {
    const WX = tuning.software ? 4 : 32;
    const groups = ceilDiv(n, 8);
    const access = bias ? 'rrwr' : 'rrw';
    const values = { WX, PARTS: 8 * WX, BIAS: bias ? 1 : 0 };
    const params = [k, n, groups, accumulate ? 1 : 0, { f: alpha }];
    runner.dispatch(matvecs(access, values), bias ? [a, b, out, bias] : [a, b, out], params, groups);
  }

  /** Few outputs and a long k: parts of k side by side, then their sum. Two passes in a fixed order, no atomics. */
  function run(task: Task): void {
    const { out, bias, m, k, n } = task;
    if (m === 1 && task.layout === 'NT' && vec4Of(k)) {
      matvec(task);
      return;
    }
    const plan = planOf(task);
    const tiles = ceilDiv(m, plan.tileRows) * ceilDiv(n, plan.tileColumns);
    const splits = Math.max(1, Math.min(Math.floor(tuning.busyGroups / tiles), Math.floor(k / shortestSplit)));
    if (splits === 1) {
      block(task, plan, out, 1, k);
      return;
    }
    const kPerSplit = 4 * ceilDiv(k, 4 * splits);
    const used = ceilDiv(k, kPerSplit);
    const parts = runner.empty([used, m, n]);
    block(task, plan, parts, used, kPerSplit);
    const sum = splitSums(bias ? 'rwr' : 'rw', { BIAS: bias ? 1 : 0 });
    const params = [m * n, n, used, task.accumulate ? 1 : 0, { f: task.alpha }];
    runner.dispatch(sum, bias ? [parts, out, bias] : [parts, out], params, ceilDiv(m * n, 64));
    parts.storage.dispose();
  }

  return (a: Operand, weight: Operand | Weight, options = {}) => {
    const b = f32Matrix(weight, 'matmul.b');
    const { transposeA = false, transposeB = false, alpha = 1, bias, out, accumulate = false } = options;
    const left = matrixOf(a);
    const right = matrixOf(b);
    const [m, k] = transposeA ? [left.columns, left.rows] : [left.rows, left.columns];
    const [inner, n] = transposeB ? [right.columns, right.rows] : [right.rows, right.columns];
    if (k !== inner || (transposeA && transposeB))
      throw new RangeError(
        `matmul: op(A) is [${m}, ${k}], op(B) [${inner}, ${n}], transposed ${transposeA}, ${transposeB}`,
      );
    const target = out ? asView(out) : runner.empty([m, n]);
    const layout = transposeA ? 'TN' : transposeB ? 'NT' : 'NN';
    const task = { a: asView(a), b: asView(b), out: target, bias: bias ? asView(bias) : null, alpha };
    run({ ...task, accumulate: accumulate && out !== undefined, layout, m, k, n });
    return target;
  };
}
