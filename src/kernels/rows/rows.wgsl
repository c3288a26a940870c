// gatherRows: y[i] = x[rows[i]]; scatterRows (SCATTER): y[rows[i]] = x[i], the rest of y untouched. Rows of `width` elements.
//
// Layout   x and y of V (vec4 where the width is a multiple of 4), rows i32 [N].
// Grid     a thread an element of V, 64 a group; size = N · width. Exact.
// Limits   gatherRows of a table over the binding limit runs once for each part: x is its rows first … end−1, others are left.
//:if VEC
alias V = vec4<f32>;
//:else
alias V = f32;
//:end
struct Params { size: u32, width: u32, first: u32, end: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read> rows: array<i32>;
@group(0) @binding(3) var<storage, read_write> y: array<V>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (wid.y * grid.x + wid.x) * 64u + thread;
  if (i >= p.size) { return; }
  let row = i / p.width;
  let other = u32(rows[row]);
//:if SCATTER
  y[other * p.width + i % p.width] = x[i];
//:else
  if (other >= p.first && other < p.end) { y[i] = x[(other - p.first) * p.width + i % p.width]; }
//:end
}
