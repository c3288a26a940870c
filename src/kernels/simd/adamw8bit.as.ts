// One AdamW step in place with moments of 8 bits, block by block: adamw8bit/adamw8bit.wgsl has the formulas.
import { arg, at, number, pointer } from './core.as';

/** `code`, or so much more as the half above it where x is there. */
// @ts-ignore: decorator
@inline
function advance(x: f32, borders: usize, code: usize, half: usize): usize {
  return code + select<usize>(half, 0, x > load<f32>(borders + ((code + half - 1) << 2)));
}

/**
 * A chunk is `blocks a chunk` blocks of 256. m and v of a block wait in scratch (2 KiB) for its largest.
 * Arguments: p, g, codes, scales, sumSq, maps, elements, blocks, blocks a chunk;
 * 1 − lr·wd, β1, 1−β1, β2, 1−β2, lr/(1−β1^t), 1/√(1−β2^t), eps, maxNorm (0: no clip).
 */
export function adamw8bit(args: usize, chunk: i32, scratch: usize): void {
  const p = pointer(args, 0);
  const g = pointer(args, 1);
  const codes = pointer(args, 2);
  const scales = pointer(args, 3);
  const maps = pointer(args, 5);
  const size = arg(args, 6);
  const blocks = arg(args, 7);
  const per = arg(args, 8);
  const codesV = codes + (<usize>blocks << 8);
  const maxNorm = number(args, 8);
  let clip: f32 = 1;
  if (maxNorm > 0) clip = min<f32>(1, maxNorm / (sqrt<f32>(load<f32>(pointer(args, 4))) + <f32>1e-6));
  const last = min(blocks, (chunk + 1) * per);
  for (let block = chunk * per; block < last; block++) {
    const scaleM = load<f32>(at(scales, block));
    const scaleV = load<f32>(at(scales, blocks + block));
    const first = block << 8;
    const end = min(size, first + 256);
    let mostM: f32 = 0;
    let mostV: f32 = 0;
    for (let i = first; i < end; i++) {
      const gradient = load<f32>(at(g, i)) * clip;
      const oldM = load<f32>(at(maps, <i32>load<u8>(codes + <usize>i))) * scaleM;
      const oldV = load<f32>(at(maps, 512 + <i32>load<u8>(codesV + <usize>i))) * scaleV;
      const m = number(args, 1) * oldM + number(args, 2) * gradient;
      const v = number(args, 3) * oldV + number(args, 4) * (gradient * gradient);
      store<f32>(at(scratch, i - first), m);
      store<f32>(at(scratch, 256 + i - first), v);
      mostM = max<f32>(mostM, abs<f32>(m));
      mostV = max<f32>(mostV, v);
      const change = (number(args, 5) * m) / (sqrt<f32>(v) * number(args, 6) + number(args, 7));
      store<f32>(at(p, i), load<f32>(at(p, i)) * number(args, 0) - change);
    }
    const toM: f32 = mostM > 0 ? 1 / mostM : 0;
    const toV: f32 = mostV > 0 ? 1 / mostV : 0;
    // A code is the count of borders below: eight halvings, four searches at a time, as each waits for its own loads.
    const bordersM = at(maps, 256);
    const bordersV = at(maps, 768);
    for (let i = 0; i < 256; i += 2) {
      const m0 = load<f32>(at(scratch, i)) * toM;
      const m1 = load<f32>(at(scratch, i + 1)) * toM;
      const v0 = load<f32>(at(scratch, 256 + i)) * toV;
      const v1 = load<f32>(at(scratch, 257 + i)) * toV;
      let codeM0: usize = 0;
      let codeM1: usize = 0;
      let codeV0: usize = 0;
      let codeV1: usize = 0;
      for (let half: usize = 128; half >= 1; half >>= 1) {
        codeM0 = advance(m0, bordersM, codeM0, half);
        codeM1 = advance(m1, bordersM, codeM1, half);
        codeV0 = advance(v0, bordersV, codeV0, half);
        codeV1 = advance(v1, bordersV, codeV1, half);
      }
      const place = codes + <usize>(first + i);
      const placeV = codesV + <usize>(first + i);
      const left = end - first - i;
      if (left > 0) {
        store<u8>(place, codeM0);
        store<u8>(placeV, codeV0);
      }
      if (left > 1) {
        store<u8>(place, codeM1, 1);
        store<u8>(placeV, codeV1, 1);
      }
    }
    store<f32>(at(scales, block), mostM);
    store<f32>(at(scales, blocks + block), mostV);
  }
}
