import { Random } from '../../src/lib/random';

/** A product of the shape [m, k]·[k, n], and which operand is stored transposed. */
export interface MatmulCase {
  name: string;
  m: number;
  k: number;
  n: number;
  form: 'NN' | 'NT' | 'TN';
}

const layer = (name: string, tokens: number, into: number, out: number): MatmulCase[] => [
  { name: `${name} forward`, m: tokens, k: into, n: out, form: 'NT' },
  { name: `${name} input gradient`, m: tokens, k: out, n: into, form: 'NN' },
];

/** Tokens of a micro-batch of short conversations. */
const tokens = 256;
const rank = 16;

/** Layers of the built-in model, and the widest of Qwen2.5-0.5B; forward, input gradient, and LoRA's own gradient. */
export const matmulCases: MatmulCase[] = [
  ...layer('builtin gate_proj', tokens, 256, 768),
  ...layer('builtin down_proj', tokens, 768, 256),
  ...layer('builtin head', 96, 256, 4096),
  ...layer('builtin LoRA A', tokens, 256, rank),
  { name: 'builtin LoRA A gradient', m: rank, k: tokens, n: 256, form: 'TN' },
  ...layer('qwen2.5-0.5b gate_proj', 128, 896, 4864),
  { name: 'qwen2.5-0.5b LoRA B gradient', m: 4864, k: 128, n: rank, form: 'TN' },
];

/** Sides as they are stored: a is [m, k] or, transposed, [k, m]; b is [k, n] or [n, k]. */
export const storedShapes = ({ m, k, n, form }: MatmulCase): { a: [number, number]; b: [number, number] } => ({
  a: form === 'TN' ? [k, m] : [m, k],
  b: form === 'NT' ? [n, k] : [k, n],
});

/** Seeded operands in [-1, 1). */
export function operands(shape: MatmulCase): { a: Float32Array<ArrayBuffer>; b: Float32Array<ArrayBuffer> } {
  const random = new Random(5);
  const fill = ([rows, columns]: [number, number]): Float32Array<ArrayBuffer> =>
    Float32Array.from({ length: rows * columns }, () => 2 * random.uniform() - 1);
  const { a, b } = storedShapes(shape);
  return { a: fill(a), b: fill(b) };
}
