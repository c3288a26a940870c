import * as tf from '@tensorflow/tfjs-core';
import { TunesmithError } from '../../lib/errors';
import { blockSize, stateSizes } from '../adamw8bit/dynamicMap';
import type {
  AdamwOptions,
  AttentionShape,
  DoraOperands,
  Kernels,
  LionOptions,
  MatmulOptions,
  ScaleColumnsOptions,
  Moments8bit,
  SgdOptions,
  Smoothing,
} from '../kernels';
import { emptyWeight, freeWeight, writeRows } from '../weights/createWeight';
import type { Weight, WeightFormat } from '../weights/weight';
import { Breather } from './breather';
import { asView, matrixOf, sizeOf, type Operand, type View } from './view';
import { attention, attentionBackward, type AttentionForward } from './wasmAttention';
import { same, type Place, type WasmBackend } from './wasmBackend';
import { matmul } from './wasmMatmul';
import type { WasmOp } from './wasmOps';
import { gatherRows, scatterRows } from './wasmRows';
import { wasmWeightFormats } from './wasmWeight';
import { sample } from './wasmSample';

// N rows, H heads, G key-value heads, K head size, D width, V vocabulary, M supervised positions, P parameters.

/** Elements a chunk: light ops move memory, heavy ones take an exponential for each element. */
const light = 32_768;
const heavy = 8_192;

/** {@link Kernels} in WebAssembly SIMD: each method checks its operands, cuts the work into chunks and runs them. */
export class WasmKernels implements Kernels {
  readonly name = 'wasm';

  constructor(readonly backend: WasmBackend) {}

  readonly weightFormats = wasmWeightFormats;

  createWeight(format: WeightFormat, shape: readonly [number, number]): Weight {
    return emptyWeight(format, shape, (sides, dtype) => this.backend.output(sides, dtype));
  }

  writeWeight(weight: Weight, firstRow: number, values: Float32Array): void {
    writeRows(weight, firstRow, values, (target, packed) => this.backend.overwrite(target, packed));
  }

  disposeWeight(weight: Weight): void {
    freeWeight(weight);
  }

  matmul(a: Operand, b: Operand | Weight, options?: MatmulOptions): View {
    return matmul(this.backend, a, b, options);
  }

  gatherRows(table: Operand | Weight, rows: Operand): View {
    return gatherRows(this.backend, table, rows);
  }

  scatterRows(x: Operand, rows: Operand, count: number): View {
    return scatterRows(this.backend, x, rows, this.zeros([count, matrixOf(x).columns]));
  }

  rmsNorm(x: Operand, weight: Operand, eps: number, residual?: Operand): { y: View; h: View; rstd: View } {
    const { rows, columns } = matrixOf(x);
    const from = this.backend.place(x, 'rmsNorm.x');
    const scale = this.backend.place(weight, 'rmsNorm.weight');
    same(scale.size, columns, 'rmsNorm.weight');
    const rest = residual && this.backend.place(residual, 'rmsNorm.residual');
    if (rest) same(rest.size, from.size, 'rmsNorm.residual');
    const { shape } = asView(x);
    const y = this.backend.output(shape);
    const h = rest && this.backend.output(shape);
    const rstd = this.backend.output([rows]);
    const per = rowsPer(light, columns);
    const words = [from.pointer, rest?.pointer ?? 0, scale.pointer, y.pointer, h?.pointer ?? 0, rstd.pointer];
    this.#run('rmsNorm', rows, per, [...words, rows, columns, per], [eps]);
    return { y, h: h ?? asView(x), rstd };
  }

  rmsNormBackward(dy: Operand, h: Operand, weight: Operand, rstd: Operand, dResidual?: Operand): View {
    const { rows, columns } = matrixOf(h);
    const places = [
      this.backend.place(dy, 'rmsNormBackward.dy'),
      this.backend.place(h, 'rmsNormBackward.h'),
      this.backend.place(weight, 'rmsNormBackward.weight'),
      this.backend.place(rstd, 'rmsNormBackward.rstd'),
    ] as const;
    same(places[0].size, places[1].size, 'rmsNormBackward.dy');
    same(places[2].size, columns, 'rmsNormBackward.weight');
    same(places[3].size, rows, 'rmsNormBackward.rstd');
    const rest = dResidual && this.backend.place(dResidual, 'rmsNormBackward.dResidual');
    if (rest) same(rest.size, places[0].size, 'rmsNormBackward.dResidual');
    const dh = this.backend.output(asView(h).shape);
    const per = rowsPer(light, columns);
    const words = [...places.map(({ pointer }) => pointer), rest?.pointer ?? 0, dh.pointer, rows, columns, per];
    this.#run('rmsNormBackward', rows, per, words);
    return dh;
  }

  rope(x: Operand, cos: Operand, sin: Operand, positions: Operand, headSize: number, inverse = false): void {
    const { rows, columns } = matrixOf(x);
    const target = this.backend.written(x, 'rope.x');
    const index = this.backend.place(positions, 'rope.positions', 'int32');
    const table = this.backend.place(cos, 'rope.cos');
    same(index.size, rows, 'rope.positions');
    same(matrixOf(cos).columns, headSize / 2, 'rope.cos');
    same(this.backend.place(sin, 'rope.sin').size, table.size, 'rope.sin');
    if (columns % headSize !== 0)
      throw new TunesmithError('engine/shape', `rope.x: columns must be a multiple of ${headSize}, got ${columns}`);
    const per = rowsPer(light, columns);
    const pointers = [target.pointer, table.pointer, this.backend.place(sin, 'rope.sin').pointer, index.pointer];
    this.#run('rope', rows, per, [...pointers, rows, columns / headSize, headSize / 2, per], [inverse ? -1 : 1]);
  }

  attention(q: Operand, k: Operand, v: Operand, keyRange: Operand, shape: AttentionShape): { o: View; lse: View } {
    return attention(this.backend, q, k, v, keyRange, shape);
  }

  attentionBackward(
    dO: Operand,
    forward: AttentionForward,
    keyRange: Operand,
    queryRange: Operand,
    shape: AttentionShape,
  ): { dq: View; dk: View; dv: View } {
    return attentionBackward(this.backend, dO, forward, keyRange, queryRange, shape);
  }

  swiglu(gate: Operand, up: Operand): View {
    const places = this.#alike('swiglu', gate, up);
    const y = this.backend.output(asView(gate).shape);
    this.#run('swiglu', y.size, heavy, [...places, y.pointer, y.size, heavy]);
    return y;
  }

  swigluBackward(dy: Operand, gate: Operand, up: Operand): { dGate: View; dUp: View } {
    const places = this.#alike('swigluBackward', dy, gate, up);
    const dGate = this.backend.output(asView(gate).shape);
    const dUp = this.backend.output(asView(up).shape);
    const words = [...places, dGate.pointer, dUp.pointer, dUp.size, heavy];
    this.#run('swigluBackward', dUp.size, heavy, words);
    return { dGate, dUp };
  }

  add(a: Operand, b: Operand): View {
    const places = this.#alike('add', a, b);
    const out = this.backend.output(asView(a).shape);
    this.#run('add', out.size, light, [...places, out.pointer, out.size, light]);
    return out;
  }

  addInto(target: Operand, x: Operand): void {
    const [to = 0, from = 0] = this.#alike('addInto', target, x);
    const { size } = this.backend.written(target, 'addInto.target');
    this.#run('add', size, light, [to, from, to, size, light]);
  }

  dropout(x: Operand, rate: number, seed: number): View {
    if (!(rate >= 0 && rate < 1))
      throw new TunesmithError('engine/range', `dropout.rate: must be at least 0 and below 1, got ${rate}`);
    const from = this.backend.place(x, 'dropout.x');
    const y = this.backend.output(asView(x).shape);
    const threshold = Math.min(Math.ceil(rate * 4294967296), 4294967295);
    const words = [from.pointer, y.pointer, y.size, light, Math.imul(seed, 0x9e3779b9), threshold];
    this.#run('dropout', y.size, light, words, [1 / (1 - rate)]);
    return y;
  }

  crossEntropyStart(rows: number): View {
    const values = new Float32Array(rows * 4);
    for (let row = 0; row < rows; row++) values.set([-3.4e38, 0, 0, -1], row * 4);
    return this.upload(values, [rows, 4]);
  }

  crossEntropy(logits: Operand, targets: Operand, firstColumn: number, state: Operand): void {
    const { pointer } = this.backend.place(logits, 'crossEntropy.logits');
    this.backend.written(state, 'crossEntropy.state');
    this.#crossEntropy('crossEntropy', pointer, logits, targets, firstColumn, state, []);
  }

  crossEntropyBackward(
    logits: Operand,
    targets: Operand,
    firstColumn: number,
    state: Operand,
    scale: number,
    { targetLess, everyColumn }: Smoothing = { targetLess: 0, everyColumn: 0 },
  ): void {
    const { pointer } = this.backend.written(logits, 'crossEntropyBackward.logits');
    const factors = [scale, scale * (1 - targetLess), scale * everyColumn];
    this.#crossEntropy('crossEntropyBackward', pointer, logits, targets, firstColumn, state, factors);
  }

  #crossEntropy(
    op: 'crossEntropy' | 'crossEntropyBackward',
    pointer: number,
    logits: Operand,
    targets: Operand,
    firstColumn: number,
    state: Operand,
    numbers: number[],
  ): void {
    const { rows, columns } = matrixOf(logits);
    const index = this.backend.place(targets, `${op}.targets`, 'int32');
    const seen = this.backend.place(state, `${op}.state`);
    same(index.size, rows, `${op}.targets`);
    same(seen.size, rows * 4, `${op}.state`);
    const per = rowsPer(heavy, columns);
    this.#run(op, rows, per, [pointer, index.pointer, seen.pointer, rows, columns, firstColumn, per], numbers);
  }

  addColumnSums(target: Operand, x: Operand): void {
    this.#columnSums('addColumnSums', target, x, null);
  }

  addNormWeightGradient(target: Operand, dy: Operand, h: Operand, rstd: Operand): void {
    const { rows } = matrixOf(dy);
    const [, from = 0] = this.#alike('addNormWeightGradient', dy, h);
    const scale = this.backend.place(rstd, 'addNormWeightGradient.rstd');
    same(scale.size, rows, 'addNormWeightGradient.rstd');
    this.#columnSums('addNormWeightGradient', target, dy, { h: from, rstd: scale.pointer });
  }

  #columnSums(where: string, target: Operand, x: Operand, norm: { h: number; rstd: number } | null): void {
    const { rows, columns } = matrixOf(x);
    const to = this.backend.written(target, `${where}.target`);
    same(to.size, columns, `${where}.target`);
    const from = this.backend.place(x, `${where}.x`);
    const per = rowsPer(light, columns);
    const chunks = Math.ceil(rows / per);
    const partial = this.backend.allocate(chunks * columns * 4);
    this.#run('columnSums', rows, per, [from.pointer, norm?.h ?? 0, norm?.rstd ?? 0, partial, rows, columns, per]);
    this.backend.machine.run('addPartialRows', 1, [partial, to.pointer, chunks, columns]);
    this.backend.machine.heap.free(partial);
  }

  scatterAddRows(target: Operand, x: Operand, order: Operand, segments: Operand): void {
    const { columns } = matrixOf(target);
    same(matrixOf(x).columns, columns, 'scatterAddRows.x');
    const from = this.backend.place(x, 'scatterAddRows.x');
    const index = this.backend.place(order, 'scatterAddRows.order', 'int32');
    const cut = this.backend.place(segments, 'scatterAddRows.segments', 'int32');
    const { pointer } = this.backend.written(target, 'scatterAddRows.target');
    const count = cut.size / 3;
    const per = rowsPer(heavy, columns);
    this.#run('scatterAddRows', count, per, [pointer, from.pointer, index.pointer, cut.pointer, count, columns, per]);
  }

  sumSquares(x: Operand): View {
    const from = this.backend.place(x, 'sumSquares.x');
    const out = this.backend.output([1]);
    const chunks = Math.ceil(from.size / light);
    const partial = this.backend.allocate(chunks * 8);
    this.#run('sumSquares', from.size, light, [from.pointer, partial, from.size, light]);
    this.backend.machine.run('sumPartials', 1, [partial, out.pointer, chunks]);
    this.backend.machine.heap.free(partial);
    return out;
  }

  adamw(p: Operand, g: Operand, m: Operand, v: Operand, sumSq: Operand, options: AdamwOptions): void {
    const { learningRate, beta1, beta2, epsilon, weightDecay, maxNorm, step } = options;
    const places = this.#alike('adamw', p, g, m, v);
    for (const target of [p, m, v]) this.backend.written(target, 'adamw');
    const norm = this.backend.place(sumSq, 'adamw.sumSq');
    const { size } = this.backend.place(p, 'adamw.p');
    const per = light / 2;
    this.#run(
      'adamw',
      size,
      per,
      [...places, norm.pointer, size, per],
      [
        1 - learningRate * weightDecay,
        1 - beta1,
        beta2,
        1 - beta2,
        learningRate / (1 - beta1 ** step),
        1 / Math.sqrt(1 - beta2 ** step),
        epsilon,
        maxNorm,
      ],
    );
  }

  sgd(p: Operand, g: Operand, sumSq: Operand, { learningRate, weightDecay, maxNorm }: SgdOptions): void {
    const places = this.#alike('sgd', p, g);
    const { size } = this.backend.written(p, 'sgd.p');
    const norm = this.backend.place(sumSq, 'sgd.sumSq');
    this.#run('sgd', size, light, [...places, norm.pointer, size, light], [learningRate, weightDecay, maxNorm]);
  }

  lion(p: Operand, g: Operand, m: Operand, sumSq: Operand, options: LionOptions): void {
    const { learningRate, beta1, beta2, weightDecay, maxNorm } = options;
    const places = this.#alike('lion', p, g, m);
    for (const target of [p, m]) this.backend.written(target, 'lion');
    const norm = this.backend.place(sumSq, 'lion.sumSq');
    const { size } = this.backend.place(p, 'lion.p');
    const numbers = [1 - learningRate * weightDecay, learningRate, beta1, 1 - beta1, beta2, 1 - beta2, maxNorm];
    this.#run('lion', size, light, [...places, norm.pointer, size, light], numbers);
  }

  sample: Kernels['sample'] = (...row) => sample(this.backend, ...row);

  adamw8bit(p: Operand, g: Operand, state: Moments8bit, sumSq: Operand, options: AdamwOptions): void {
    const { learningRate, beta1, beta2, epsilon, weightDecay, maxNorm, step } = options;
    const places = this.#alike('adamw8bit', p, g);
    const { size } = this.backend.written(p, 'adamw8bit.p');
    const wanted = stateSizes(size);
    const codes = this.backend.written(state.codes, 'adamw8bit.codes', 'int32');
    const scales = this.backend.written(state.scales, 'adamw8bit.scales');
    same(codes.size, wanted.codes, 'adamw8bit.codes');
    same(scales.size, wanted.scales, 'adamw8bit.scales');
    const maps = this.backend.place(state.maps, 'adamw8bit.maps');
    const norm = this.backend.place(sumSq, 'adamw8bit.sumSq');
    const pointers = [...places, codes.pointer, scales.pointer, norm.pointer, maps.pointer];
    const blocks = wanted.scales / 2;
    const per = heavy / blockSize;
    const numbers = [1 - learningRate * weightDecay, beta1, 1 - beta1, beta2, 1 - beta2];
    numbers.push(learningRate / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step), epsilon, maxNorm);
    this.#run('adamw8bit', blocks, per, [...pointers, size, blocks, per], numbers);
  }

  rowSquares(x: Operand): View {
    const { rows, columns } = matrixOf(x);
    const from = this.backend.place(x, 'rowSquares.x');
    const y = this.backend.output([rows]);
    const per = rowsPer(light, columns);
    this.#run('rowSquares', rows, per, [from.pointer, y.pointer, rows, columns, per]);
    return y;
  }

  doraNorms({ squares, b, wa, bg, m }: DoraOperands, scale: number, norms: Operand, factors: Operand): void {
    const { rows, columns } = matrixOf(b);
    const vectors = this.#alike('doraNorms', squares, m, norms, factors);
    const matrices = this.#alike('doraNorms', b, wa, bg);
    same(this.backend.written(norms, 'doraNorms.norms').size, rows, 'doraNorms.norms');
    this.backend.written(factors, 'doraNorms.factors');
    const [ofSquares = 0, ofM = 0, ...written] = vectors;
    const per = rowsPer(heavy, columns);
    this.#run('doraNorms', rows, per, [ofSquares, ...matrices, ofM, ...written, rows, columns, per], [scale]);
  }

  scaleColumns(x: Operand, factor: Operand, { less = 0, bias, addTo }: ScaleColumnsOptions = {}): View {
    const { rows, columns } = matrixOf(x);
    const from = this.backend.place(x, 'scaleColumns.x');
    const by = this.backend.place(factor, 'scaleColumns.factor');
    same(by.size, columns, 'scaleColumns.factor');
    const added = bias && this.backend.place(bias, 'scaleColumns.bias');
    if (added) same(added.size, columns, 'scaleColumns.bias');
    const y = addTo ? asView(addTo) : this.backend.output(asView(x).shape);
    const to = this.backend.written(y, 'scaleColumns.addTo');
    same(to.size, from.size, 'scaleColumns.addTo');
    const per = rowsPer(light, columns);
    const pointers = [from.pointer, by.pointer, added?.pointer ?? 0, to.pointer];
    this.#run('scaleColumns', rows, per, [...pointers, rows, columns, per, addTo ? 1 : 0], [less]);
    return y;
  }

  columnDots(target: Operand, x: Operand, y: Operand, divisor: Operand): void {
    const { rows, columns } = matrixOf(x);
    const [first = 0, second = 0] = this.#alike('columnDots', x, y);
    const [by = 0] = this.#alike('columnDots', divisor, target);
    const to = this.backend.written(target, 'columnDots.target');
    same(to.size, columns, 'columnDots.target');
    this.#run('columnDots', columns, 64, [to.pointer, first, second, by, rows, columns, 64]);
  }

  fill(target: Operand, value: number): void {
    this.#fill(this.backend.written(target, 'fill.target'), value);
  }

  #fill({ pointer, size }: Place, value: number): void {
    this.#run('fill', size, light * 4, [pointer, size, light * 4], [value]);
  }

  copy(source: Operand, target: Operand): void {
    const dtype = this.#wholeOrNot(source);
    const from = this.backend.place(source, 'copy.source', dtype);
    const { pointer, size } = this.backend.written(target, 'copy.target', dtype);
    same(from.size, size, 'copy.source');
    this.#run('copy', size, light * 4, [from.pointer, pointer, size, light * 4]);
  }

  upload(values: Float32Array | Int32Array, shape: readonly number[]): View {
    same(values.length, sizeOf(shape), 'upload.values');
    const dtype = values instanceof Int32Array ? 'int32' : 'float32';
    return { storage: tf.engine().makeTensor(values, [...shape], dtype, this.backend), offset: 0, shape };
  }

  zeros(shape: readonly number[]): View {
    const out = this.backend.output(shape);
    this.#fill(out, 0);
    return out;
  }

  read(x: Operand): Promise<Float32Array> {
    const dtype = this.#wholeOrNot(x);
    const { pointer, size } = this.backend.place(x, 'read.x', dtype);
    const { machine } = this.backend;
    const first = pointer / 4;
    const values = (dtype === 'int32' ? machine.words : machine.floats).subarray(first, first + size);
    return Promise.resolve(Float32Array.from(values));
  }

  readInts(x: Operand): Promise<Int32Array> {
    const { pointer, size } = this.backend.place(x, 'readInts.x', 'int32');
    const first = pointer / 4;
    return Promise.resolve(Int32Array.from(this.backend.machine.words.subarray(first, first + size)));
  }

  finish = (): Promise<void> => Promise.resolve();

  readonly breather = new Breather(() => Promise.resolve());
  breathe = (): Promise<void> => this.breather.breathe();

  #wholeOrNot(x: Operand): 'int32' | 'float32' {
    return this.backend.record(asView(x).storage.dataId).dtype === 'int32' ? 'int32' : 'float32';
  }

  /** Runs `op` over `count` elements or rows, `per` a chunk. */
  #run(op: WasmOp, count: number, per: number, words: readonly number[], numbers?: readonly number[]): void {
    this.backend.machine.run(op, Math.ceil(count / per), words, numbers);
  }

  /** Pointers of operands that must have the same size. */
  #alike(where: string, ...operands: Operand[]): number[] {
    const places = operands.map((operand) => this.backend.place(operand, where));
    for (const { size } of places) same(size, places[0]?.size ?? 0, where);
    return places.map(({ pointer }) => pointer);
  }
}

const rowsPer = (elements: number, width: number): number => Math.max(1, Math.floor(elements / Math.max(width, 1)));
