// C = alpha · op(A) · op(B) + bias (+ C) for any sizes and layouts, by strides: where matmul.wgsl's vec4 loads do not fit.
//
// Layout   op(A)[i, l] = a[a_first + i·a_row + l·a_column], op(B)[l, j] = b[l·b_row + j·b_column]; C[i, j] at i·c_row + c_first + j.
// PACKED   B is a weight's part (weights/readOne.wgsl): its row is `b_row` words and `groups` scales; NT: its rows are j, else l.
// Grid     a thread has 4 × 4 outputs, 8 × 8 threads a group: tiles of 32 × 32; `splits` as in matmul.wgsl.
// Sums     f32, in order of k. Tolerance 1e-5 of the largest |C|.
struct Params {
  m: u32, k: u32, n: u32, tiles_m: u32,
  tiles: u32, splits: u32, k_per_split: u32, accumulate: u32,
  alpha: f32, a_row: u32, a_column: u32, b_row: u32,
  b_column: u32, a_first: u32, c_row: u32, c_first: u32,
  groups: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
//:if PACKED
@group(0) @binding(2) var<storage, read> b: array<u32>;
//:else
@group(0) @binding(2) var<storage, read> b: array<f32>;
//:end
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
//:if SCALES
@group(0) @binding(4) var<storage, read> scales: array<f32>;
//:end
//:if BIAS
@group(0) @binding($BIASAT) var<storage, read> bias: array<f32>;
//:end

//:if PACKED
fn weight(row: u32, column: u32) -> f32 {
//:if SCALES
  return value_of(row * p.b_row, column) * scales[row * p.groups + column / $GROUPu];
//:else
  return value_of(row * p.b_row, column);
//:end
}
//:end

fn put(base: u32, row: u32, column: u32, sum: vec4<f32>) {
  if (row >= p.m) { return; }
  for (var i = 0u; i < 4u; i++) {
    if (column + i >= p.n) { return; }
    let at = base + row * p.c_row + p.c_first + column + i;
    var value = sum[i] * p.alpha;
//:if BIAS
    value += bias[p.c_first + column + i];
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
  let row = (tile % p.tiles_m) * 32u + lid.y * 4u;
  let column = (tile / p.tiles_m) * 32u + lid.x * 4u;
  let k_first = split * p.k_per_split;
  let k_end = min(p.k, k_first + p.k_per_split);
//:for i 4
  let a_at_$i = p.a_first + min(row + $iu, p.m - 1u) * p.a_row;
  let column_$i = min(column + $iu, p.n - 1u);
  var sum_$i = vec4<f32>();
//:end
  for (var k = k_first; k < k_end; k++) {
    let l = k * p.a_column;
//:if PACKED
//:if NT
    let y = vec4(weight(column_0, k), weight(column_1, k), weight(column_2, k), weight(column_3, k));
//:else
    let y = vec4(weight(k, column_0), weight(k, column_1), weight(k, column_2), weight(k, column_3));
//:end
//:else
    let r = k * p.b_row;
    let y = vec4(
      b[column_0 * p.b_column + r], b[column_1 * p.b_column + r],
      b[column_2 * p.b_column + r], b[column_3 * p.b_column + r],
    );
//:end
//:for i 4
    sum_$i += a[a_at_$i + l] * y;
//:end
  }
  let base = split * p.m * p.n;
//:for i 4
  put(base, row + $iu, column, sum_$i);
//:end
}
