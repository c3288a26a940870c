// target ← source (COPY) or one value, in place, as bits: also right for integers. A thread an element of V, 64 a group.
//:if VEC
alias V = vec4<u32>;
//:else
alias V = u32;
//:end
struct Params { size: u32, bits: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> y: array<V>;
//:if COPY
@group(0) @binding(2) var<storage, read> x: array<V>;
//:end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (wid.y * grid.x + wid.x) * 64u + thread;
  if (i >= p.size) { return; }
//:if COPY
  y[i] = x[i];
//:else
  y[i] = V(p.bits);
//:end
}
