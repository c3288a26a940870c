// o = softmax(scale · q·kᵀ)·v over the keys [first, end) of each query row, by online softmax (Dao et al. 2022): scores are
// never stored. lse = max + ln Σ e^(score − max). An empty range gives zeros.
//
// Layout   q, o [queries, heads, K], k, v [keys, heads/share, K] of V (vec4 where K is a multiple of 4; $C of V a head),
//          key_range vec2<i32> [queries], lse f32 [queries, heads].
// Grid     a thread a query of a head; 64 neighbouring queries of one head a group, `blocks` groups a head.
// Limits   K in registers: up to about 128. Sums f32 in order of the keys. Tolerance 1e-5.
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
@group(0) @binding(5) var<storage, read_write> o: array<V>;
@group(0) @binding(6) var<storage, read_write> lse: array<f32>;

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
  let at = (t * p.heads + head) * $Cu;
  let key_width = (p.heads / p.share) * $Cu;
  let key_head = (head / p.share) * $Cu;
//:for c C
  let q_$c = q[at + $cu] * p.scale;
  var o_$c = V();
//:end
  let range = key_range[t];
  var largest = -3.4e38f;
  var sum = 0f;
  for (var s = range.x; s < range.y; s++) {
    let base = u32(s) * key_width + key_head;
    var score = 0f;
//:for c C
    score += product(q_$c, k[base + $cu]);
//:end
    if (score > largest) {
      let shrink = exp(largest - score);
      largest = score;
      sum *= shrink;
//:for c C
      o_$c *= shrink;
//:end
    }
    let weight = exp(score - largest);
    sum += weight;
//:for c C
    o_$c += weight * v[base + $cu];
//:end
  }
  var inverse = 0f;
  var log_sum = 0f;
  if (sum > 0f) {
    inverse = 1f / sum;
    log_sum = largest + log(sum);
  }
//:for c C
  o[at + $cu] = o_$c * inverse;
//:end
  lse[t * p.heads + head] = log_sum;
}
