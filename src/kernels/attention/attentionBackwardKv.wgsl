// dv_s = Σ p·dO, dk_s = scale · Σ p·(dO·v_s − delta)·q, over the queries that see key s and the heads that share its head.
//
// Layout   as attentionBackwardQ.wgsl; dk, dv like k; query_range vec2<i32> [keys], a superset: key_range decides.
// Grid     a thread a key of a key-value head; 64 neighbouring keys a group, `blocks` groups a head.
// Limits   DK, DV choose what is computed. Together they need 4·K registers, which a GPU spills, and nine storage buffers,
//          one more than every device has; apart 3·K and 2·K, eight and seven.
// Sums     f32 in order of the queries, then of the heads. Tolerance 1e-5.
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
@group(0) @binding(3) var<storage, read> d_o: array<V>;
@group(0) @binding(4) var<storage, read> stats: array<vec2<f32>>;
@group(0) @binding(5) var<storage, read> key_range: array<vec2<i32>>;
@group(0) @binding(6) var<storage, read> query_range: array<vec2<i32>>;
//:if DK
@group(0) @binding(7) var<storage, read> v: array<V>;
@group(0) @binding(8) var<storage, read_write> dk: array<V>;
//:if DV
@group(0) @binding(9) var<storage, read_write> dv: array<V>;
//:end
//:else
@group(0) @binding(7) var<storage, read_write> dv: array<V>;
//:end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = wid.y * grid.x + wid.x;
  let kv_heads = p.heads / p.share;
  let s = (group % p.blocks) * 64u + thread;
  let head = group / p.blocks;
  if (s >= p.keys || head >= kv_heads) { return; }
  let at = (s * kv_heads + head) * $Cu;
//:for c C
  let k_$c = k[at + $cu] * p.scale;
//:if DK
  let v_$c = v[at + $cu];
  var dk_$c = V();
//:end
//:if DV
  var dv_$c = V();
//:end
//:end
  let seen_by = query_range[s];
  for (var t = seen_by.x; t < seen_by.y; t++) {
    let range = key_range[t];
    if (i32(s) < range.x || i32(s) >= range.y) { continue; }
    for (var i = 0u; i < p.share; i++) {
      let row = u32(t) * p.heads + head * p.share + i;
      let base = row * $Cu;
      var score = 0f;
//:for c C
      let q_$c = q[base + $cu];
      score += product(q_$c, k_$c);
//:end
      let own = stats[row];
      let weight = exp(score - own.x);
//:if DK
      var dp = 0f;
//:end
//:for c C
      let d_$c = d_o[base + $cu];
//:if DK
      dp += product(d_$c, v_$c);
//:end
//:if DV
      dv_$c += weight * d_$c;
//:end
//:end
//:if DK
      let ds = weight * (dp - own.y);
//:for c C
      dk_$c += ds * q_$c;
//:end
//:end
    }
  }
//:for c C
//:if DK
  dk[at + $cu] = dk_$c * p.scale;
//:end
//:if DV
  dv[at + $cu] = dv_$c;
//:end
//:end
}
