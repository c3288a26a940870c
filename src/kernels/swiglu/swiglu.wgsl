// y = silu(gate) · up, silu(g) = g · σ(g), σ(g) = 1/(1 + e^(−g)).
// BACKWARD: d_gate = dy · up · σ · (1 + g · (1 − σ)), d_up = dy · silu(gate).
//
// Layout   all of V (vec4 where the size is a multiple of 4). Grid: a thread an element of V, 64 a group.
// Limits   e^(−g) is held below 3.4e38 (g ≥ −88), where silu is zero to f32's precision. Tolerance 1e-6.
//:if VEC
alias V = vec4<f32>;
//:else
alias V = f32;
//:end
struct Params { size: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> gate: array<V>;
@group(0) @binding(2) var<storage, read> up: array<V>;
//:if BACKWARD
@group(0) @binding(3) var<storage, read> dy: array<V>;
@group(0) @binding(4) var<storage, read_write> d_gate: array<V>;
@group(0) @binding(5) var<storage, read_write> d_up: array<V>;
//:else
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
  let g = gate[i];
  let sigmoid = V(1) / (V(1) + exp(min(-g, V(88))));
//:if BACKWARD
  let d = dy[i];
  d_up[i] = d * g * sigmoid;
  d_gate[i] = d * up[i] * sigmoid * (V(1) + g * (V(1) - sigmoid));
//:else
  y[i] = g * sigmoid * up[i];
//:end
}
