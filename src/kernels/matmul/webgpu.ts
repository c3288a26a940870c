import type { Kernels } from '../kernels';
import { asView, matrixOf, type Operand, type View } from '../runtime/view';
import { programsOf } from '../runtime/webgpuPrograms';
import { ceilDiv, vec4Of, type WebgpuContext } from '../runtime/webgpuTuning';
import readSource from '../weights/read.wgsl?raw';
import readOneSource from '../weights/readOne.wgsl?raw';
import { matrixParts, readerValues, type MatrixPart } from '../weights/webgpu';
import type { Weight } from '../weights/weight';
import blockSource from './matmul.wgsl?raw';
import anySource from './matmulAny.wgsl?raw';
import matvecSource from './matvec.wgsl?raw';
import tileSource from './matmulTile.wgsl?raw';
import splitSumSource from './splitSum.wgsl?raw';
import storeSource from './store.wgsl?raw';
import { productClass, tileSide, type Layout, type ProductVariant } from './variants';

// C [m, n] = alpha · op(A) [m, k] · op(B) [k, n] + bias [n] (+ C).

/** One product that is dispatched: with all of B, or with one part of its rows. */
interface Task {
  a: View;
  b: MatrixPart;
  out: View;
  bias: View | null;
  alpha: number;
  accumulate: boolean;
  layout: Layout;
  m: number;
  k: number;
  n: number;
  /** NN: the part's rows are a block of A's columns, from `aFirst` on in rows of `aRow`. */
  aRow: number;
  aFirst: number;
  /** NT: the part's rows are a block of C's columns. */
  cRow: number;
  cFirst: number;
}

/** How a task is cut: tile sides, and of a quad's or thread's block the rows in fours and the columns in fours. */
interface Plan {
  variant: ProductVariant | 'any';
  R: number;
  H: number;
  tileRows: number;
  tileColumns: number;
}

/** A part of k shorter than this is not worth a pass of its own. */
const shortestSplit = 256;
/** Splits of k begin where groups of columns that share a scale begin. */
const splitStep = 64;

export function createMatmul(context: WebgpuContext): Kernels['matmul'] {
  const { runner, tuning } = context;
  const blocks = programsOf(context, 'matmul', `${blockSource}\n${readSource}\n${storeSource}`);
  const tiles = programsOf(context, 'matmulTile', `${tileSource}\n${readSource}\n${storeSource}`);
  const anys = programsOf(context, 'matmulAny', `${anySource}\n${readOneSource}`);
  const matvecs = programsOf(context, 'matvec', matvecSource);
  const splitSums = programsOf(context, 'splitSum', splitSumSource);

  function planOf({ layout, m, k, n, aFirst, aRow, b }: Task): Plan {
    const fits =
      layout === 'NT' ? vec4Of(k) : layout === 'NN' ? vec4Of(k, n, aFirst, aRow) : vec4Of(m, n) && b.format === 'f32';
    if (!fits) return { variant: 'any', R: 1, H: 1, tileRows: 32, tileColumns: 32 };
    // Narrow outputs (adapter ranks) leave the second half of a wide block empty.
    if (tuning.quads) {
      const H = n > 16 ? 2 : 1;
      return { variant: 'quad', R: 4, H, tileRows: 16, tileColumns: 16 * H };
    }
    const chosen = tuning.products[productClass(layout, b.format, m)];
    if (chosen === 'tile' && m >= tileSide / 2 && n >= tileSide)
      return { variant: 'tile', R: 1, H: 2, tileRows: tileSide, tileColumns: tileSide };
    const H = n > 32 ? 2 : 1;
    return { variant: 'register', R: 1, H, tileRows: 32, tileColumns: 32 * H };
  }

  function block(task: Task, plan: Plan, target: View, splits: number, kPerSplit: number): void {
    const { a, b, layout, m, k, n } = task;
    const whole = splits === 1;
    const bias = whole ? task.bias : null;
    const tilesM = ceilDiv(m, plan.tileRows);
    const tileCount = tilesM * ceilDiv(n, plan.tileColumns);
    const accumulate = whole && task.accumulate ? 1 : 0;
    const [cRow, cFirst] = whole ? [task.cRow, task.cFirst] : [n, 0];
    const params = [m, k, n, tilesM, tileCount, splits, kPerSplit, accumulate, { f: whole ? task.alpha : 1 }];
    const operands = [a, b.values, target, ...(b.scales ? [b.scales] : []), ...(bias ? [bias] : [])];
    const access = `rrw${'r'.repeat(operands.length - 3)}`;
    const shared = {
      ...readerValues(b.format),
      NT: layout === 'NT' ? 1 : 0,
      BIAS: bias ? 1 : 0,
      BIASAT: operands.length,
    };
    if (plan.variant === 'any') {
      const packed = b.format !== 'f32';
      const [aRow, aColumn] = layout === 'TN' ? [1, m] : [task.aRow, 1];
      const [bRow, bColumn] = packed ? [b.words, 0] : layout === 'NT' ? [1, k] : [n, 1];
      const any = anys(access, { ...shared, PACKED: packed ? 1 : 0 });
      const places = [aRow, aColumn, bRow, bColumn, task.aFirst, cRow, cFirst, b.groups];
      runner.dispatch(any, operands, [...params, ...places], tileCount * splits, m * k * n);
      return;
    }
    const values = {
      ...shared,
      QUAD: plan.variant === 'quad' ? 1 : 0,
      R: plan.R,
      H: plan.H,
      TN: layout === 'TN' ? 1 : 0,
      VECC: vec4Of(n, cRow, cFirst),
    };
    const bRow = b.format === 'int8' || b.format === 'int4' ? b.words : b.columns / 4;
    const places = [task.aRow, task.aFirst, bRow, cRow, cFirst, b.groups];
    const program = (plan.variant === 'tile' ? tiles : blocks)(access, values);
    runner.dispatch(program, operands, [...params, ...places], tileCount * splits, m * k * n);
  }

  function matvec({ a, b, out, bias, alpha, accumulate, n, cFirst }: Task): void {
    const WX = tuning.software ? 4 : 32;
    const groups = ceilDiv(n, 8);
    const operands = [a, b.values, out, ...(b.scales ? [b.scales] : []), ...(bias ? [bias] : [])];
    const access = `rrw${'r'.repeat(operands.length - 3)}`;
    const QUADS = b.columns / b.words;
    const values = {
      ...readerValues(b.format),
      QUADS,
      WX,
      PARTS: 8 * WX,
      QUAD: tuning.quads ? 1 : 0,
      BIAS: bias ? 1 : 0,
      BIASAT: operands.length,
    };
    const params = [b.words / 4, n, groups, accumulate ? 1 : 0, { f: alpha }, cFirst, b.groups];
    runner.dispatch(matvecs(access, values), operands, params, groups);
  }

  /** Few outputs and a long k: parts of k side by side, then their sum. Two passes in a fixed order, no atomics. */
  function run(task: Task): void {
    const { out, bias, m, k, n, b } = task;
    if (m === 1 && task.layout === 'NT' && k % (b.format === 'f32' ? 4 : 32) === 0) {
      matvec(task);
      return;
    }
    const plan = planOf(task);
    const tileCount = ceilDiv(m, plan.tileRows) * ceilDiv(n, plan.tileColumns);
    const splits = Math.max(1, Math.min(Math.floor(tuning.busyGroups / tileCount), Math.floor(k / shortestSplit)));
    if (splits === 1) {
      block(task, plan, out, 1, k);
      return;
    }
    const kPerSplit = splitStep * ceilDiv(k, splitStep * splits);
    const used = ceilDiv(k, kPerSplit);
    const parts = runner.empty([used, m, n]);
    block(task, plan, parts, used, kPerSplit);
    const sum = splitSums(bias ? 'rwr' : 'rw', { BIAS: bias ? 1 : 0 });
    const params = [m * n, n, used, task.accumulate ? 1 : 0, { f: task.alpha }, task.cRow, task.cFirst];
    runner.dispatch(sum, bias ? [parts, out, bias] : [parts, out], params, ceilDiv(m * n, 64));
    parts.storage.dispose();
  }

  return (a: Operand, b: Operand | Weight, options = {}) => {
    const { transposeA = false, transposeB = false, alpha = 1, bias, out, accumulate = false } = options;
    const left = matrixOf(a);
    const right = matrixParts(b);
    const [m, k] = transposeA ? [left.columns, left.rows] : [left.rows, left.columns];
    const [inner, n] = transposeB ? [right.columns, right.rows] : [right.rows, right.columns];
    if (k !== inner || (transposeA && transposeB))
      throw new RangeError(
        `matmul: op(A) is [${m}, ${k}], op(B) [${inner}, ${n}], transposed ${transposeA}, ${transposeB}`,
      );
    const layout = transposeA ? 'TN' : transposeB ? 'NT' : 'NN';
    if (layout === 'TN' && (right.parts.length > 1 || right.parts[0]?.format !== 'f32'))
      throw new RangeError('matmul: a weight in parts or packed cannot be multiplied with a transposed A');
    const target = out ? asView(out) : runner.empty([m, n]);
    const shared = { a: asView(a), out: target, alpha, layout, m, aRow: k, cRow: n } as const;
    right.parts.forEach((part, index) => {
      const { firstRow, rows } = part;
      // NT: each part has its columns of C. NN: C is the sum over the parts.
      const own =
        layout === 'NT'
          ? { k, n: rows, aFirst: 0, cFirst: firstRow, bias: bias ? asView(bias) : null }
          : { k: rows, n, aFirst: firstRow, cFirst: 0, bias: bias && index === 0 ? asView(bias) : null };
      const adds = (accumulate && out !== undefined) || (layout !== 'NT' && index > 0);
      run({ ...shared, ...own, b: part, accumulate: adds });
    });
    return target;
  };
}
