// C = alpha · op(A) · op(B) + bias (+ C): a block of outputs per thread in registers, no workgroup memory.
//
// Layouts  LAYOUT NT: A [m, k], B [n, k], k % 4 = 0; NN: B [k, n], k % 4 = n % 4 = 0; TN: A [k, m], B [k, n], m % 4 = n % 4 = 0.
//          B may be packed (weights/read.wgsl, not in TN), with scales for each $GROUP columns of a row. For one part of a
//          weight's rows, A (NN) or C (NT) is a block of columns of a wider matrix: rows `a_row`, `c_row` apart, from column
//          a_first, c_first on; `b_row` is B's row in elements of `b`.
// Block    QUAD: four lanes share 4·R rows of A: each loads a quarter, quadBroadcast hands it on; a lane has 4·H columns.
//          Otherwise 4 rows and 4·H columns a thread, 8 × 8 threads.
// Grid     tiles of (QUAD: 4·R × 16·H, else 32 × 32·H) outputs, column by column, so that a weight is read once and not once a row
//          of tiles; `splits` times, each over a part of k, into slices of C ([splits, m, n]; splitSum.wgsl adds them).
//          Folded into two dimensions past 65,535.
// Limits   m·n·splits < 2³²; VECC: n % 4 = c_row % 4 = 0, C and bias as vec4. With scales k_per_split is a multiple of 64.
// Sums     f32, in order of k. Tolerance 1e-5 of the largest |C|.
//:if QUAD
enable subgroups;
//:end
struct Params {
  m: u32, k: u32, n: u32, tiles_m: u32,
  tiles: u32, splits: u32, k_per_split: u32, accumulate: u32,
  alpha: f32, a_row: u32, a_first: u32, b_row: u32,
  c_row: u32, c_first: u32, groups: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<Packed>;
//:if VECC
@group(0) @binding(3) var<storage, read_write> c: array<vec4<f32>>;
//:else
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
//:end
//:if SCALES
@group(0) @binding(4) var<storage, read> scales: array<f32>;
//:end
//:if BIAS
//:if VECC
@group(0) @binding($BIASAT) var<storage, read> bias: array<vec4<f32>>;
//:else
@group(0) @binding($BIASAT) var<storage, read> bias: array<f32>;
//:end
//:end

//:if QUAD
@compute @workgroup_size(4)
//:else
@compute @workgroup_size(8, 8)
//:end
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_id) lid: vec3<u32>,
) {
  let group = wid.y * grid.x + wid.x;
  if (group >= p.tiles * p.splits) { return; }
  let split = group / p.tiles;
  let tile = group % p.tiles;
  let tile_row = tile % p.tiles_m;
  let tile_column = tile / p.tiles_m;
  let k_first = split * p.k_per_split;
  let k_end = min(p.k, k_first + p.k_per_split);
  let lane = lid.x;
//:if QUAD
  let row = tile_row * 4u * $Ru;
//:for h H
  let column_$h = tile_column * 16u * $Hu + $hu * 16u + lane * 4u;
//:end
//:else
  let row = tile_row * 32u + lid.y * 4u;
//:for h H
  let column_$h = tile_column * 32u * $Hu + $hu * 32u + lane * 4u;
//:end
//:end

//:for r R
//:for l 4
//:for h H
  var sum_$r_$l_$h = vec4<f32>();
//:end
//:end
//:end

//:if TN
  // Rows past the end are computed from the last ones and not stored.
  let m4 = p.m / 4u;
  let n4 = p.n / 4u;
//:if QUAD
  let a_at = min(row / 4u + lane, m4 - 1u);
//:else
  let a_at = min(row / 4u, m4 - 1u);
//:end
//:for h H
  let b_at_$h = min(column_$h / 4u, n4 - 1u);
//:end
  for (var k = k_first; k < k_end; k++) {
    let own = a[k * m4 + a_at];
//:for h H
    let b_$h = quad_of(k * n4, b_at_$h);
//:end
//:for r R
    {
//:if QUAD
      let x = quadBroadcast(own, $ru);
//:else
      let x = own;
//:end
//:for l 4
//:for h H
      sum_$r_$l_$h += x[$l] * b_$h;
//:end
//:end
    }
//:end
  }
//:else
//:if QUAD
//:for r R
  let a_at_$r = (min(row + $ru * 4u + lane, p.m - 1u) * p.a_row + p.a_first) / 4u;
//:end
//:else
//:for l 4
  let a_at_$l = (min(row + $lu, p.m - 1u) * p.a_row + p.a_first) / 4u;
//:end
//:end
//:for h H
//:if NT
//:for c 4
  let row_$h_$c = min(column_$h + $cu, p.n - 1u);
  let b_at_$h_$c = row_$h_$c * p.b_row;
//:end
//:else
  let b_at_$h = min(column_$h, p.n - 4u) / 4u;
//:end
//:end
//:if NT
//:if SCALES
  for (var group_k = k_first; group_k < k_end; group_k += $GROUPu) {
//:for h H
//:for c 4
  let scale_$h_$c = scales[row_$h_$c * p.groups + group_k / $GROUPu];
//:end
//:end
  for (var k = group_k / 4u; k < min(k_end, group_k + $GROUPu) / 4u; k++) {
//:else
  for (var k = k_first / 4u; k < k_end / 4u; k++) {
//:end
//:else
  for (var k = k_first / 4u; k < k_end / 4u; k++) {
//:end
//:if QUAD
//:for r R
    let own_$r = a[a_at_$r + k];
//:end
//:else
//:for l 4
    let own_$l = a[a_at_$l + k];
//:end
//:end
//:for h H
//:for c 4
//:if NT
//:if SCALES
    let b_$h_$c = quad_of(b_at_$h_$c, k) * scale_$h_$c;
//:else
    let b_$h_$c = quad_of(b_at_$h_$c, k);
//:end
//:else
//:if SCALES
    let b_$h_$c = quad_of((k * 4u + $cu) * p.b_row, b_at_$h)
      * scales[(k * 4u + $cu) * p.groups + b_at_$h * 4u / $GROUPu];
//:else
    let b_$h_$c = quad_of((k * 4u + $cu) * p.b_row, b_at_$h);
//:end
//:end
//:end
//:end
//:for r R
//:for l 4
    {
//:if QUAD
      let x = quadBroadcast(own_$r, $lu);
//:else
      let x = own_$l;
//:end
//:for h H
//:if NT
      sum_$r_$l_$h += vec4(dot(x, b_$h_0), dot(x, b_$h_1), dot(x, b_$h_2), dot(x, b_$h_3));
//:else
      sum_$r_$l_$h += x.x * b_$h_0 + x.y * b_$h_1 + x.z * b_$h_2 + x.w * b_$h_3;
//:end
//:end
    }
//:end
//:end
  }
//:if NT
//:if SCALES
  }
//:end
//:end
//:end

  let base = split * p.m * p.n;
//:for r R
//:for l 4
//:for h H
  put(base, row + $ru * 4u + $lu, column_$h, sum_$r_$l_$h);
//:end
//:end
//:end
}
