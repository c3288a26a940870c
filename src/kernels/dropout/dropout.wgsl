// y[i] = x[i]/(1 − rate) where hash(seed, i) ≥ rate·2³², else 0. The hash is runtime/dropoutHash.ts (lowbias32 over
// i xor seed·0x9e3779b9): the same mask on every backend, in the gradient and in recomputation.
//
// Layout   x, y of V (vec4 where the size is a multiple of 4). Grid: a thread an element of V, 64 a group.
// Params   mixed = seed·0x9e3779b9 mod 2³²; threshold = rate·2³² rounded up; keep = 1/(1 − rate).
//:if VEC
alias V = vec4<f32>;
alias U = vec4<u32>;
//:else
alias V = f32;
alias U = u32;
//:end
struct Params { size: u32, mixed: u32, threshold: u32, keep: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read_write> y: array<V>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (wid.y * grid.x + wid.x) * 64u + thread;
  if (i >= p.size) { return; }
//:if VEC
  var h = (4u * i + vec4(0u, 1u, 2u, 3u)) ^ U(p.mixed);
//:else
  var h = i ^ p.mixed;
//:end
  h = (h ^ (h >> U(16u))) * 0x7feb352du;
  h = (h ^ (h >> U(15u))) * 0x846ca68bu;
  h = h ^ (h >> U(16u));
  y[i] = select(V(), x[i] * p.keep, h >= U(p.threshold));
}
