// y[i] = W[rows[i]] as f32, of a weight's part in a packed format: its rows first … end−1; others are left.
//
// Layout   y of V (vec4 where the columns are a multiple of 4: weights/read.wgsl, else readOne.wgsl), `width` of them a row;
//          a row of b is `b_row` elements and `groups` scales. rows i32 [N].
// Grid     a thread an element of V, 64 a group; size = N · width. Exact: one product for a scale.
struct Params { size: u32, width: u32, first: u32, end: u32, b_row: u32, groups: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> rows: array<i32>;
//:if VEC
@group(0) @binding(2) var<storage, read> b: array<Packed>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;
//:else
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
//:end
//:if SCALES
@group(0) @binding(4) var<storage, read> scales: array<f32>;
//:end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (wid.y * grid.x + wid.x) * 64u + thread;
  if (i >= p.size) { return; }
  let other = u32(rows[i / p.width]);
  if (other < p.first || other >= p.end) { return; }
  let row = other - p.first;
  let column = i % p.width;
//:if VEC
  var value = quad_of(row * p.b_row, column);
//:if SCALES
  value *= scales[row * p.groups + column * 4u / $GROUPu];
//:end
//:else
  var value = value_of(row * p.b_row, column);
//:if SCALES
  value *= scales[row * p.groups + column / $GROUPu];
//:end
//:end
  y[i] = value;
}
