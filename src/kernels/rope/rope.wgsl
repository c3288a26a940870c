// Rotary positions in half-split layout, in place: (x_j, x_{j+K/2}) turn by the angle of position p = positions[row];
// sign −1 turns back.
//
// Layout   x [N, heads, 2 · half], cos and sin [positions, half] of V (vec4 where K/2 is a multiple of 4), positions i32 [N].
// Grid     a thread a pair of V, 64 a group; size = N · heads · half. Tolerance 1e-6.
//:if VEC
alias V = vec4<f32>;
//:else
alias V = f32;
//:end
struct Params { size: u32, half: u32, heads: u32, sign: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> x: array<V>;
@group(0) @binding(2) var<storage, read> cosines: array<V>;
@group(0) @binding(3) var<storage, read> sines: array<V>;
@group(0) @binding(4) var<storage, read> positions: array<i32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (wid.y * grid.x + wid.x) * 64u + thread;
  if (i >= p.size) { return; }
  let j = i % p.half;
  let head = i / p.half;
  let angle = u32(positions[head / p.heads]) * p.half + j;
  let c = cosines[angle];
  let s = sines[angle] * p.sign;
  let at = head * 2u * p.half + j;
  let first = x[at];
  let second = x[at + p.half];
  x[at] = first * c - second * s;
  x[at + p.half] = second * c + first * s;
}
