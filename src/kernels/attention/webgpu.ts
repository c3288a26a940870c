import type { AttentionShape, Kernels } from '../kernels';
import { matrixOf, type Operand } from '../runtime/view';
import { programsOf } from '../runtime/webgpuPrograms';
import type { Param } from '../runtime/webgpuRunner';
import { ceilDiv, vec4Of, type WebgpuContext } from '../runtime/webgpuTuning';
import forwardSource from './attention.wgsl?raw';
import backwardKvSource from './attentionBackwardKv.wgsl?raw';
import backwardQSource from './attentionBackwardQ.wgsl?raw';
import statsSource from './attentionStats.wgsl?raw';

/** Rows that one group takes. */
const groupRows = 64;

export function createAttention(context: WebgpuContext): Pick<Kernels, 'attention' | 'attentionBackward'> {
  const { runner, tuning } = context;
  const forward = programsOf(context, 'attention', forwardSource);
  const statsOf = programsOf(context, 'attentionStats', statsSource);
  const backwardQ = programsOf(context, 'attentionBackwardQ', backwardQSource);
  const backwardKv = programsOf(context, 'attentionBackwardKv', backwardKvSource);
  const isFused = tuning.software && runner.device.limits.maxStorageBuffersPerShaderStage >= 9;

  const headOf = ({ headSize }: AttentionShape): { VEC: number; C: number } => {
    const VEC = vec4Of(headSize);
    return { VEC, C: VEC ? headSize / 4 : headSize };
  };
  const paramsOf = (q: Operand, k: Operand, { heads, kvHeads, scale }: AttentionShape, blocks: number): Param[] => [
    matrixOf(q).rows,
    matrixOf(k).rows,
    heads,
    heads / kvHeads,
    blocks,
    { f: scale },
  ];

  /** Multiply-adds of one product of all queries with all keys: more than there are where ranges are short. */
  const workOf = (q: Operand, k: Operand): number => matrixOf(q).rows * matrixOf(q).columns * matrixOf(k).rows;

  return {
    attention(q, k, v, keyRange, shape) {
      const { rows, columns } = matrixOf(q);
      const o = runner.empty([rows, columns]);
      const lse = runner.empty([rows, shape.heads]);
      const blocks = ceilDiv(rows, groupRows);
      const operands = [q, k, v, keyRange, o, lse];
      const params = paramsOf(q, k, shape, blocks);
      runner.dispatch(forward('rrrrww', headOf(shape)), operands, params, blocks * shape.heads, 2 * workOf(q, k));
      return { o, lse };
    },

    attentionBackward(dO, { q, k, v, o, lse }, keyRange, queryRange, shape) {
      const { heads, kvHeads } = shape;
      const head = headOf(shape);
      const [queries, keys] = [matrixOf(q), matrixOf(k)];
      const rows = queries.rows * heads;
      const stats = runner.empty([rows, 2]);
      runner.dispatch(statsOf('rrrw', head), [dO, o, lse, stats], [rows], ceilDiv(rows, groupRows));

      const dq = runner.empty([queries.rows, queries.columns]);
      const qBlocks = ceilDiv(queries.rows, groupRows);
      const qOperands = [q, k, v, keyRange, dO, stats, dq];
      const work = workOf(q, k);
      const qParams = paramsOf(q, k, shape, qBlocks);
      runner.dispatch(backwardQ('rrrrrrw', head), qOperands, qParams, qBlocks * heads, 3 * work);

      const dk = runner.empty([keys.rows, keys.columns]);
      const dv = runner.empty([keys.rows, keys.columns]);
      const blocks = ceilDiv(keys.rows, groupRows);
      const params = paramsOf(q, k, shape, blocks);
      const groups = blocks * kvHeads;
      const shared = [q, k, dO, stats, keyRange, queryRange];
      if (isFused) {
        runner.dispatch(
          backwardKv('rrrrrrrww', { ...head, DK: 1, DV: 1 }),
          [...shared, v, dk, dv],
          params,
          groups,
          4 * work,
        );
      } else {
        runner.dispatch(
          backwardKv('rrrrrrrw', { ...head, DK: 1, DV: 0 }),
          [...shared, v, dk],
          params,
          groups,
          3 * work,
        );
        runner.dispatch(backwardKv('rrrrrrw', { ...head, DK: 0, DV: 1 }), [...shared, dv], params, groups, 2 * work);
      }
      stats.storage.dispose();
      return { dq, dk, dv };
    },
  };
}
