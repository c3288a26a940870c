// C = alpha · op(A) · op(B) + bias (+ C): tiles of A and B in workgroup memory, a block of outputs per thread in registers.
//
// Layouts  and parts of a weight: as matmul.wgsl. B is unpacked once, on its way into workgroup memory.
// Block    8 × 16 threads of 4 rows and 2 · 4 columns; 16 values of k at a time.
// Memory   quads of four values: of k (A; B in NT), of columns (B in NN and TN), of rows (A in TN). Rows of quads along k are five
//          apart and permuted, so that the threads of a subgroup read different banks.
// Grid     tiles of 64 × 64 outputs, column by column; `splits` as in matmul.wgsl.
// Limits   as matmul.wgsl; workgroup memory 10,240 bytes.
// Sums     f32, in order of k. Tolerance 1e-5 of the largest |C|.
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


//:if TN
var<workgroup> tile_a: array<vec4<f32>, 256>;
//:else
var<workgroup> tile_a: array<vec4<f32>, 320>;
//:end
//:if NT
var<workgroup> tile_b: array<vec4<f32>, 320>;
//:else
var<workgroup> tile_b: array<vec4<f32>, 256>;
//:end

@compute @workgroup_size(8, 16)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_id) lid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = wid.y * grid.x + wid.x;
  if (group >= p.tiles * p.splits) { return; }
  let split = group / p.tiles;
  let tile = group % p.tiles;
  let first_row = (tile % p.tiles_m) * 64u;
  let first_column = (tile / p.tiles_m) * 64u;
  let k_first = split * p.k_per_split;
  let k_end = min(p.k, k_first + p.k_per_split);

  // What this thread loads: 2 · 128 quads of each tile. Past the end: the last rows again, computed and not stored.
//:for i 2
//:if TN
  let a_k_$i = thread / 16u + $iu * 8u;
  let a_column_$i = min(first_row / 4u + thread % 16u, p.m / 4u - 1u);
//:else
  let a_line_$i = thread / 4u + $iu * 32u;
  let a_at_$i = (min(first_row + a_line_$i, p.m - 1u) * p.a_row + p.a_first) / 4u;
  let a_slot_$i = (a_line_$i % 4u * 16u + a_line_$i / 4u) * 5u + thread % 4u;
//:end
//:if NT
  let b_line_$i = thread / 4u + $iu * 32u;
  let b_row_$i = min(first_column + b_line_$i, p.n - 1u);
  let b_slot_$i = (b_line_$i % 4u * 16u + b_line_$i / 4u) * 5u + thread % 4u;
//:else
  let b_k_$i = thread / 16u + $iu * 8u;
  let b_column_$i = min(first_column / 4u + thread % 16u, p.n / 4u - 1u);
//:end
//:end
//:for l 4
//:for h 2
  var sum_$l_$h = vec4<f32>();
//:end
//:end

  for (var k = k_first; k < k_end; k += 16u) {
//:for i 2
    {
//:if TN
      var a_quad = vec4<f32>();
      if (k + a_k_$i < k_end) { a_quad = a[(k + a_k_$i) * (p.m / 4u) + a_column_$i]; }
      tile_a[thread + $iu * 128u] = a_quad;
//:else
      let a_k = k + thread % 4u * 4u;
      var a_quad = vec4<f32>();
      if (a_k < k_end) { a_quad = a[a_at_$i + a_k / 4u]; }
      tile_a[a_slot_$i] = a_quad;
//:end
//:if NT
      let b_k = k + thread % 4u * 4u;
      var b_quad = vec4<f32>();
      if (b_k < k_end) {
        b_quad = quad_of(b_row_$i * p.b_row, b_k / 4u);
//:if SCALES
        b_quad *= scales[b_row_$i * p.groups + b_k / $GROUPu];
//:end
      }
      tile_b[b_slot_$i] = b_quad;
//:else
      let b_k = k + b_k_$i;
      var b_quad = vec4<f32>();
      if (b_k < k_end) {
//:if TN
        b_quad = quad_of(b_k * (p.n / 4u), b_column_$i);
//:else
        b_quad = quad_of(b_k * p.b_row, b_column_$i);
//:end
//:if SCALES
        b_quad *= scales[b_k * p.groups + b_column_$i * 4u / $GROUPu];
//:end
      }
      tile_b[thread + $iu * 128u] = b_quad;
//:end
    }
//:end
    workgroupBarrier();
//:if TN
    for (var j = 0u; j < 16u; j++) {
      let x = tile_a[j * 16u + lid.y];
//:for h 2
      let b_$h = tile_b[j * 16u + $hu * 8u + lid.x];
//:end
//:for l 4
//:for h 2
      sum_$l_$h += x[$l] * b_$h;
//:end
//:end
    }
//:else
    for (var q = 0u; q < 4u; q++) {
//:for l 4
      let x_$l = tile_a[($lu * 16u + lid.y) * 5u + q];
//:end
//:for h 2
//:for c 4
//:if NT
      let b_$h_$c = tile_b[($cu * 16u + $hu * 8u + lid.x) * 5u + q];
//:else
      let b_$h_$c = tile_b[(q * 4u + $cu) * 16u + $hu * 8u + lid.x];
//:end
//:end
//:for l 4
//:if NT
      sum_$l_$h += vec4(dot(x_$l, b_$h_0), dot(x_$l, b_$h_1), dot(x_$l, b_$h_2), dot(x_$l, b_$h_3));
//:else
      sum_$l_$h += x_$l.x * b_$h_0 + x_$l.y * b_$h_1 + x_$l.z * b_$h_2 + x_$l.w * b_$h_3;
//:end
//:end
//:end
    }
//:end
    workgroupBarrier();
  }

  let base = split * p.m * p.n;
//:for l 4
//:for h 2
  put(base, first_row + lid.y * 4u + $lu, first_column + $hu * 32u + lid.x * 4u, sum_$l_$h);
//:end
//:end
}
