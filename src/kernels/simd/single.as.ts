// The module for plain memory: one thread runs every chunk.
import { runChunk } from './ops.as';

export { setUp } from './core.as';

export function run(_control: usize, op: i32, args: usize, chunks: i32, scratch: usize): void {
  for (let chunk = 0; chunk < chunks; chunk++) runChunk(op, args, chunk, scratch);
}
