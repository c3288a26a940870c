import { TunesmithError } from '../../lib/errors';
import type { SampleOptions, SampleState } from '../kernels';
import { sampleTerms } from '../sample/rule';
import type { Operand } from './view';
import type { WasmBackend } from './wasmBackend';

/** As {@link Kernels.sample}; the kernel is simd/sample.as.ts. */
export function sample(
  backend: WasmBackend,
  logits: Operand,
  { seen, token, drawn }: SampleState,
  index: number,
  options: SampleOptions,
): void {
  const row = backend.written(logits, 'sample.logits');
  const marks = backend.written(seen, 'sample.seen', 'int32');
  const newest = backend.written(token, 'sample.token', 'int32');
  const all = backend.written(drawn, 'sample.drawn', 'int32');
  if (marks.size < Math.ceil(row.size / 32) || index >= all.size)
    throw new TunesmithError(
      'engine/shape',
      `sample: ${marks.size} words of marks for ${row.size} logits, draw ${index} of ${all.size}`,
    );
  const { greedy, topK, topP, limit, hash, inverse, penalty, relief } = sampleTerms(options, row.size, index);
  const pointers = [row.pointer, marks.pointer, newest.pointer, all.pointer];
  const words = [...pointers, row.size, index, greedy ? 1 : 0, topK, topP, limit, hash];
  backend.machine.run('sample', 1, words, [inverse, penalty, relief]);
}
