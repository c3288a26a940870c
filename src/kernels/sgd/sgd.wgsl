// Gradient descent as torch.optim.SGD without momentum, its weight decay a part of the gradient, in place on p:
//   g' = g · min(1, max_norm/(√sum_sq + 1e-6)) (max_norm 0: g);  p ← p − lr·(g' + wd·p)
//
// Layout   p, g of V (vec4 where the size is a multiple of 4), sum_sq [1] stays on the device.
// Grid     a thread an element of V, 64 a group.
//:if VEC
alias V = vec4<f32>;
//:else
alias V = f32;
//:end
struct Params { size: u32, max_norm: f32, rate: f32, weight_decay: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> value: array<V>;
@group(0) @binding(2) var<storage, read> gradient: array<V>;
@group(0) @binding(3) var<storage, read> sum_sq: array<f32>;

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
  value[i] -= p.rate * (g + p.weight_decay * value[i]);
}
