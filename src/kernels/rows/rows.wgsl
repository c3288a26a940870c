// gatherRows: y[i] = x[rows[i]]; scatterRows (SCATTER): y[rows[i]] = x[i], the rest of y untouched. Rows of `width` elements.
//
// Layout   x and y of V (vec4 where the width is a multiple of 4), rows i32 [N].
// Grid     a thread an element of V, 64 a group; size = N · width. Exact.
//:if VEC
alias V = vec4<f32>;
//:else
alias V = f32;
//:end
struct Params { size: u32, width: u32 }
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
  let other = u32(rows[row]) * p.width + i % p.width;
//:if SCATTER
  y[other] = x[i];
//:else
  y[i] = x[other];
//:end
}
