// (lse, delta) side by side, delta = dO·o: what a query's softmax and its gradient need, in one buffer for the backward passes.
// Layout: d_o, o [rows, C] of V, lse f32 [rows], stats vec2 [rows], rows = queries · heads. Grid: a thread a row, 64 a group.
//:if VEC
alias V = vec4<f32>;
fn product(a: V, b: V) -> f32 { return dot(a, b); }
//:else
alias V = f32;
fn product(a: V, b: V) -> f32 { return a * b; }
//:end
struct Params { rows: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> d_o: array<V>;
@group(0) @binding(2) var<storage, read> o: array<V>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read_write> stats: array<vec2<f32>>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = (wid.y * grid.x + wid.x) * 64u + thread;
  if (row >= p.rows) { return; }
  var sum = 0f;
  for (var c = 0u; c < $Cu; c++) { sum += product(d_o[row * $Cu + c], o[row * $Cu + c]); }
  stats[row] = vec2(lse[row], sum);
}
