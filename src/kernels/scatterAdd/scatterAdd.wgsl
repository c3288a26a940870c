// target[row] += Σ x[order[i]], i from first to end − 1, for each segment (row, first, end); rows are distinct.
//
// Layout   target and x of V (vec4 where the width is a multiple of 4), order i32 [N], segments i32 [U, 3].
// Grid     a thread an element of V of a segment's row, 64 a group; size = U · width.
// Sums     f32, in the order of `order`: no two threads write one element. Tolerance 1e-5.
//:if VEC
alias V = vec4<f32>;
//:else
alias V = f32;
//:end
struct Params { size: u32, width: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> table: array<V>;
@group(0) @binding(2) var<storage, read> x: array<V>;
@group(0) @binding(3) var<storage, read> order: array<i32>;
@group(0) @binding(4) var<storage, read> segments: array<i32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (wid.y * grid.x + wid.x) * 64u + thread;
  if (i >= p.size) { return; }
  let segment = 3u * (i / p.width);
  let column = i % p.width;
  let at = u32(segments[segment]) * p.width + column;
  var sum = table[at];
  for (var index = segments[segment + 1u]; index < segments[segment + 2u]; index++) {
    sum += x[u32(order[index]) * p.width + column];
  }
  table[at] = sum;
}
