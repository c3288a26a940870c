// C = alpha · op(A) · op(B) + bias (+ C) for any sizes and layouts, by strides: where matmul.wgsl's vec4 loads do not fit.
//
// Layout   op(A)[i, l] = a[i·a_row + l·a_column], op(B)[l, j] = b[l·b_row + j·b_column].
// Grid     a thread has 4 × 4 outputs, 8 × 8 threads a group: tiles of 32 × 32; `splits` as in matmul.wgsl.
// Sums     f32, in order of k. Tolerance 1e-5 of the largest |C|.
struct Params {
  m: u32, k: u32, n: u32, tiles_n: u32,
  tiles: u32, splits: u32, k_per_split: u32, accumulate: u32,
  alpha: f32, a_row: u32, a_column: u32, b_row: u32,
  b_column: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
//:if BIAS
@group(0) @binding(4) var<storage, read> bias: array<f32>;
//:end

fn put(base: u32, row: u32, column: u32, sum: vec4<f32>) {
  if (row >= p.m) { return; }
  for (var i = 0u; i < 4u; i++) {
    if (column + i >= p.n) { return; }
    let at = base + row * p.n + column + i;
    var value = sum[i] * p.alpha;
//:if BIAS
    value += bias[column + i];
//:end
    if (p.accumulate != 0u) { value += c[at]; }
    c[at] = value;
  }
}

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_id) lid: vec3<u32>,
) {
  let group = wid.y * grid.x + wid.x;
  if (group >= p.tiles * p.splits) { return; }
  let split = group / p.tiles;
  let tile = group % p.tiles;
  let row = (tile / p.tiles_n) * 32u + lid.y * 4u;
  let column = (tile % p.tiles_n) * 32u + lid.x * 4u;
  let k_first = split * p.k_per_split;
  let k_end = min(p.k, k_first + p.k_per_split);
//:for i 4
  let a_at_$i = min(row + $iu, p.m - 1u) * p.a_row;
  let b_at_$i = min(column + $iu, p.n - 1u) * p.b_column;
  var sum_$i = vec4<f32>();
//:end
  for (var k = k_first; k < k_end; k++) {
    let l = k * p.a_column;
    let r = k * p.b_row;
    let y = vec4(b[b_at_0 + r], b[b_at_1 + r], b[b_at_2 + r], b[b_at_3 + r]);
//:for i 4
    sum_$i += a[a_at_$i + l] * y;
//:end
  }
  let base = split * p.m * p.n;
//:for i 4
  put(base, row + $iu, column, sum_$i);
//:end
}
