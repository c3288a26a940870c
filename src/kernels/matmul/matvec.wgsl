// y = alpha · x·Wᵀ + bias (+ y) for one row x [k] (decoding one token): W [n, k], a part of a weight's rows.
//
// Layout   W is read 16 bytes at a time: 4 values of f32 (k % 4 = 0), 8 of f16, 16 of int8, 32 of int4 (k % 32 = 0); `chunks` in
//          a row, `groups` scales. y and bias from element `first` on.
// Grid     a group has 8 outputs; its $WX threads walk k together, so that they read neighbouring weights.
// QUAD     four threads, which add up without workgroup memory: a barrier costs a software device more than the sums.
// Sums     f32: a thread's in order of k, then the threads' in order (QUAD: in pairs). Tolerance 1e-5 of the largest |y|.
//:if QUAD
enable subgroups;
//:end
struct Params { chunks: u32, n: u32, tiles: u32, accumulate: u32, alpha: f32, first: u32, groups: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
//:if F32
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;
//:else
@group(0) @binding(2) var<storage, read> w: array<vec4<u32>>;
//:end
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
//:if SCALES
@group(0) @binding(4) var<storage, read> scales: array<f32>;
//:end
//:if BIAS
@group(0) @binding($BIASAT) var<storage, read> bias: array<f32>;
//:end
//:if !QUAD
var<workgroup> parts: array<f32, $PARTS>;
//:end

fn put(at: u32, total: f32) {
  var sum = total * p.alpha;
//:if BIAS
  sum += bias[at];
//:end
  if (p.accumulate != 0u) { sum += y[at]; }
  y[at] = sum;
}

//:if F16
fn piece(chunk: vec4<u32>, i: u32) -> vec4<f32> {
  return vec4(unpack2x16float(chunk[2u * i]), unpack2x16float(chunk[2u * i + 1u]));
}
//:end
//:if INT8
fn piece(chunk: vec4<u32>, i: u32) -> vec4<f32> {
  return vec4<f32>((vec4<i32>(i32(chunk[i])) << vec4(24u, 16u, 8u, 0u)) >> vec4(24u));
}
//:end
//:if INT4
fn piece(chunk: vec4<u32>, i: u32) -> vec4<f32> {
  let word = chunk[i / 2u] >> (16u * (i & 1u));
  return vec4<f32>(vec4<i32>((vec4(word) >> vec4(0u, 4u, 8u, 12u)) & vec4(15u)) - 8);
}
//:end
//:if F32
fn piece(chunk: vec4<f32>, i: u32) -> vec4<f32> { return chunk; }
//:end

@compute @workgroup_size($WX)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = wid.y * grid.x + wid.x;
  if (group >= p.tiles) { return; }
  let column = group * 8u;
//:for j 8
  let row_$j = min(column + $ju, p.n - 1u);
  var sum_$j = 0f;
//:end
  for (var k = thread; k < p.chunks; k += $WXu) {
//:for i QUADS
    let x_$i = x[k * $QUADSu + $iu];
//:end
//:for j 8
    {
      let chunk = w[row_$j * p.chunks + k];
      var dots = 0f;
//:for i QUADS
      dots += dot(x_$i, piece(chunk, $iu));
//:end
//:if SCALES
      sum_$j += dots * scales[row_$j * p.groups + k * $QUADSu * 4u / $GROUPu];
//:else
      sum_$j += dots;
//:end
    }
//:end
  }
//:if QUAD
//:for j 8
  sum_$j += quadSwapX(sum_$j);
  sum_$j += quadSwapY(sum_$j);
  if (thread == ($ju & 3u) && column + $ju < p.n) { put(p.first + column + $ju, sum_$j); }
//:end
//:else
//:for j 8
  parts[$ju * $WXu + thread] = sum_$j;
//:end
  workgroupBarrier();
  for (var j = thread; j < 8u; j += $WXu) {
    if (column + j >= p.n) { return; }
    var sum = 0f;
    for (var i = 0u; i < $WXu; i++) { sum += parts[j * $WXu + i]; }
    put(p.first + column + j, sum);
  }
//:end
}
