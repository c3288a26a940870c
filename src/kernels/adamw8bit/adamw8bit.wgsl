// One AdamW step in place on p, with moments of 8 bits (Dettmers et al. 2022), a block of 256 elements at a time:
//   m, v  ← values[code] · scale;  m ← β₁m + (1−β₁)g';  v ← β₂v + (1−β₂)g'²;  g' as in adamw.wgsl
//   p     ← p · (1 − lr·wd) − rate · m / (√v · root + ε)          with m and v before they are rounded
//   scale ← max |m|, max v of the block;  code ← that of the value nearest to m/scale, v/scale
//
// Layout   p, g [size]; codes: four in a word, 64 words a block, those of m, then those of v; scales: a block of m each, then of v;
//          maps [4, 256]: values and borders of m, values and borders of v.
// Grid     a group of $WX threads a block, each at every $WX-th word. Second sweep computes m and v again: the same bits.
struct Params {
  size: u32, blocks: u32, max_norm: f32, beta1: f32,
  beta2: f32, rest1: f32, rest2: f32, decay: f32,
  rate: f32, root: f32, epsilon: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> value: array<f32>;
@group(0) @binding(2) var<storage, read> gradient: array<f32>;
@group(0) @binding(3) var<storage, read_write> codes: array<u32>;
@group(0) @binding(4) var<storage, read_write> scales: array<f32>;
@group(0) @binding(5) var<storage, read> sum_sq: array<f32>;
@group(0) @binding(6) var<storage, read> maps: array<f32>;
var<workgroup> largest: array<vec2<f32>, $WX>;

fn code_of(x: f32, borders: u32) -> u32 {
  var code = 0u;
//:for s 8
  if (x > maps[borders + code + (127u >> $su)]) { code += 128u >> $su; }
//:end
  return code;
}

fn moments(i: u32, code: vec2<u32>, scale: vec2<f32>, clip: f32) -> vec2<f32> {
  let g = gradient[i] * clip;
  let m = maps[code.x] * scale.x;
  let v = maps[512u + code.y] * scale.y;
  return vec2(p.beta1 * m + p.rest1 * g, p.beta2 * v + p.rest2 * g * g);
}

@compute @workgroup_size($WX)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let block = wid.y * grid.x + wid.x;
  if (block >= p.blocks) { return; }
  var clip = 1f;
  if (p.max_norm > 0f) { clip = min(1f, p.max_norm / (sqrt(sum_sq[0]) + 1e-6f)); }
  let scale = vec2(scales[block], scales[p.blocks + block]);
  let behind = p.blocks * 64u;
  var most = vec2(0f);
  for (var word = block * 64u + thread; word < block * 64u + 64u; word += $WXu) {
    let packed = vec2(codes[word], codes[behind + word]);
//:for c 4
    if (4u * word + $cu < p.size) {
      most = max(most, abs(moments(4u * word + $cu, (packed >> vec2(8u * $cu)) & vec2(255u), scale, clip)));
    }
//:end
  }
  largest[thread] = most;
  workgroupBarrier();
  for (var i = 0u; i < $WXu; i++) { most = max(most, largest[i]); }
  let inverse = select(vec2(0f), 1f / most, most > vec2(0f));
  for (var word = block * 64u + thread; word < block * 64u + 64u; word += $WXu) {
    let packed = vec2(codes[word], codes[behind + word]);
    var next = vec2(0u);
//:for c 4
    let i$c = 4u * word + $cu;
    if (i$c < p.size) {
      let both = moments(i$c, (packed >> vec2(8u * $cu)) & vec2(255u), scale, clip);
      value[i$c] = value[i$c] * p.decay - p.rate * both.x / (sqrt(both.y) * p.root + p.epsilon);
      let ratio = both * inverse;
      next |= vec2(code_of(ratio.x, 256u), code_of(ratio.y, 768u)) << vec2(8u * $cu);
    }
//:end
    codes[word] = next.x;
    codes[behind + word] = next.y;
  }
  if (thread == 0u) {
    scales[block] = most.x;
    scales[p.blocks + block] = most.y;
  }
}
