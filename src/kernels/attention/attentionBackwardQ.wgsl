// dq = scale · Σ_s ds·k_s, ds = p·(dO·v_s − delta), p = e^(score − lse).
//
// Layout   as attention.wgsl; d_o, dq like q; stats (lse, delta) of [queries, heads], from attentionStats.wgsl.
// Grid     a thread a query of a head; 64 neighbouring queries of one head a group, `blocks` groups a head.
// Sums     f32 in order of the keys. Tolerance 1e-5.
//:if VEC
alias V = vec4<f32>;
fn product(a: V, b: V) -> f32 { return dot(a, b); }
//:else
alias V = f32;
fn product(a: V, b: V) -> f32 { return a * b; }
//:end
struct Params { queries: u32, keys: u32, heads: u32, share: u32, blocks: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> q: array<V>;
@group(0) @binding(2) var<storage, read> k: array<V>;
@group(0) @binding(3) var<storage, read> v: array<V>;
@group(0) @binding(4) var<storage, read> key_range: array<vec2<i32>>;
@group(0) @binding(5) var<storage, read> d_o: array<V>;
@group(0) @binding(6) var<storage, read> stats: array<vec2<f32>>;
@group(0) @binding(7) var<storage, read_write> dq: array<V>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = wid.y * grid.x + wid.x;
  let t = (group % p.blocks) * 64u + thread;
  let head = group / p.blocks;
  if (t >= p.queries || head >= p.heads) { return; }
  let row = t * p.heads + head;
  let at = row * $Cu;
  let key_width = (p.heads / p.share) * $Cu;
  let key_head = (head / p.share) * $Cu;
//:for c C
  let q_$c = q[at + $cu] * p.scale;
  let d_$c = d_o[at + $cu];
  var dq_$c = V();
//:end
  let own = stats[row];
  let range = key_range[t];
  for (var s = range.x; s < range.y; s++) {
    let base = u32(s) * key_width + key_head;
    var score = 0f;
    var dp = 0f;
//:for c C
    let k_$c = k[base + $cu];
    score += product(q_$c, k_$c);
    dp += product(d_$c, v[base + $cu]);
//:end
    let ds = exp(score - own.x) * (dp - own.y);
//:for c C
    dq_$c += ds * k_$c;
//:end
  }
//:for c C
  dq[at + $cu] = dq_$c * p.scale;
//:end
}
