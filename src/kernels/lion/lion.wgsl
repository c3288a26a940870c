// Lion (Chen et al. 2023, algorithm 2) with decoupled weight decay, in place on p and m:
//   g' = g · min(1, max_norm/(√sum_sq + 1e-6)) (max_norm 0: g)
//   p ← p · (1 − lr·wd) − lr · sign(β₁m + (1−β₁)g');  m ← β₂m + (1−β₂)g'
//
// Layout   p, g, m of V (vec4 where the size is a multiple of 4), sum_sq [1] stays on the device.
// Grid     a thread an element of V, 64 a group. Params: decay = 1 − lr·wd, rest = 1 − β.
//:if VEC
alias V = vec4<f32>;
//:else
alias V = f32;
//:end
struct Params {
  size: u32, max_norm: f32, beta1: f32, beta2: f32,
  rest1: f32, rest2: f32, decay: f32, rate: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> value: array<V>;
@group(0) @binding(2) var<storage, read> gradient: array<V>;
@group(0) @binding(3) var<storage, read_write> m: array<V>;
@group(0) @binding(4) var<storage, read> sum_sq: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (wid.y * grid.x + wid.x) * 64u + thread;
  if (i >= p.size) { return; }
  var g = gradient[i];
  if (p.max_norm > 0f) { g *= min(1f, p.max_norm / (sqrt(sum_sq[0]) + 1e-6f)); }
  let momentum = m[i];
  value[i] = value[i] * p.decay - p.rate * sign(p.beta1 * momentum + p.rest1 * g);
  m[i] = p.beta2 * momentum + p.rest2 * g;
}
