/** The numbers of the ops in simd/ops.as.ts. */
export const wasmOps = {
  matmul: 0,
  matvec: 1,
  matvecPacked: 2,
  gatherPacked: 3,
  gatherRows: 4,
  scatterRows: 5,
  rmsNorm: 6,
  rmsNormBackward: 7,
  rope: 8,
  attention: 9,
  attentionBackwardQ: 10,
  attentionBackwardKV: 11,
  swiglu: 12,
  swigluBackward: 13,
  add: 14,
  dropout: 15,
  crossEntropy: 16,
  crossEntropyBackward: 17,
  sumSquares: 18,
  sumPartials: 19,
  adamw: 20,
  fill: 21,
  copy: 22,
  attentionRow: 23,
  packHeads: 24,
  sgd: 25,
  lion: 26,
  adamw8bit: 50,
  rowSquares: 51,
  doraNorms: 52,
  scaleColumns: 53,
  columnDots: 54,
  sample: 27,
  columnSums: 40,
  addPartialRows: 41,
  scatterAddRows: 42,
} as const;

export type WasmOp = keyof typeof wasmOps;

/** Rows of eight columns that a matmul tile computes at once: simd/matmul.as.ts. */
export const tileColumns = 8;
