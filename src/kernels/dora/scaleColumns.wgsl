// y = x·(factor[column] − less) + bias[column] (BIAS); INTO: y += that, in place.
//
// Layout   x, y [rows, width] of V (vec4 where the columns are a multiple of 4), factor, bias [width] of V; size in V.
// Grid     a thread an element of V, 64 a group.
//:if VEC
alias V = vec4<f32>;
//:else
alias V = f32;
//:end
struct Params { size: u32, width: u32, less: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read> factor: array<V>;
@group(0) @binding(3) var<storage, read_write> y: array<V>;
//:if BIAS
@group(0) @binding(4) var<storage, read> bias: array<V>;
//:end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (wid.y * grid.x + wid.x) * 64u + thread;
  if (i >= p.size) { return; }
  let column = i % p.width;
  var value = x[i] * (factor[column] - p.less);
//:if BIAS
  value += bias[column];
//:end
//:if INTO
  value += y[i];
//:end
  y[i] = value;
}
