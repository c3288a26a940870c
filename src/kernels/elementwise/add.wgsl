// y = a + b; INTO: a += b, in place. A thread an element of V, 64 a group. Exact in f32.
//:if VEC
alias V = vec4<f32>;
//:else
alias V = f32;
//:end
struct Params { size: u32 }
@group(0) @binding(0) var<uniform> p: Params;
//:if INTO
@group(0) @binding(1) var<storage, read_write> a: array<V>;
@group(0) @binding(2) var<storage, read> b: array<V>;
//:else
@group(0) @binding(1) var<storage, read> a: array<V>;
@group(0) @binding(2) var<storage, read> b: array<V>;
@group(0) @binding(3) var<storage, read_write> y: array<V>;
//:end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (wid.y * grid.x + wid.x) * 64u + thread;
  if (i >= p.size) { return; }
//:if INTO
  a[i] += b[i];
//:else
  y[i] = a[i] + b[i];
//:end
}
