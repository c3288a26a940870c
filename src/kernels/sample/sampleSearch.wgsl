// Looks for the largest distance d that top-k or top-p keeps, eleven, ten and ten bits of it at a time (sample/rule.ts says what
// d and a weight are). A pass first reads the last pass's histogram: the bin in which the number of tokens, or the sum of their
// weights, reaches its target. Then it counts the next bits of the tokens that still may be the last one kept. The last pass sums
// the weights of the tokens kept instead, a number for each group.
//
// Layout   logits f32 [columns]; work u32: parts of sampleBest.wgsl (the last pass's sum goes to a part's fourth word); states of four
//          words (bits found, target left, limit, 0) from word `state` on; histograms of 2,048 words.
// Grid     $WX threads a group, at most 64 groups; a group takes a share of the columns. Every group reads the last histogram.
// Exact    whole numbers: no order matters.
struct Params {
  columns: u32, share: u32, parts: u32, inverse: f32,
  // What this pass counts: tokens (0), weights (1), or the sum of weights (2).
  counts: u32,
  // Where the last pass's state and histogram lie, and this pass's. The first pass has no last one.
  state: u32, last: u32, next: u32,
  // Bits found before and after the last pass's histogram was made: 0, 11, 21 and 11, 21, 31.
  depth: u32,
  // What the last pass counted: tokens (0) or weights (1). Target of a count, share of a sum.
  weighed: u32, top_k: u32, top_p: u32, min_p: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> work: array<atomic<u32>>;
var<workgroup> partial: array<u32, $WX>;
var<workgroup> found: vec4<u32>;
var<workgroup> best: f32;
var<workgroup> scale: f32;
var<workgroup> bins: array<atomic<u32>, 2048>;

fn multiply_high(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}

// The state after the last pass's histogram, by thread 0.
fn advance() -> vec4<u32> {
  let per = 2048u / $WXu;
  var state = vec4(
    atomicLoad(&work[p.state]), atomicLoad(&work[p.state + 1u]), atomicLoad(&work[p.state + 2u]), 0u,
  );
  var total = 0u;
  for (var i = 0u; i < $WXu; i++) { total += partial[i]; }
  var target_left = state.y;
  if (p.depth == 11u) { target_left = select(p.top_k, max(1u, multiply_high(p.top_p, total)), p.weighed == 1u); }
  var seen = 0u;
  var slice = 0u;
  while (slice < $WXu - 1u && seen + partial[slice] < target_left) {
    seen += partial[slice];
    slice++;
  }
  var bin = slice * per;
  let end = bin + per - 1u;
  while (bin < end) {
    let here = atomicLoad(&work[p.last + bin]);
    if (seen + here >= target_left) { break; }
    seen += here;
    bin++;
  }
  let bits = select((state.x << 10u) | bin, bin, p.depth == 11u);
  // After the last bits the limit is known, and the next search begins anew.
  return select(vec4(bits, target_left - seen, state.z, 0u), vec4(0u, 0u, min(bits, state.z), 0u), p.depth == 31u);
}

@compute @workgroup_size($WX)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  if (p.depth > 0u) {
    let per = 2048u / $WXu;
    var here = 0u;
    for (var i = 0u; i < per; i++) { here += atomicLoad(&work[p.last + thread * per + i]); }
    partial[thread] = here;
  }
  workgroupBarrier();
  if (thread == 0u) {
    var top = -3.4e38f;
    for (var i = 0u; i < p.parts; i++) { top = max(top, bitcast<f32>(atomicLoad(&work[4u * i]))); }
    var total = 0f;
    for (var i = 0u; i < p.parts; i++) {
      let part = bitcast<f32>(atomicLoad(&work[4u * i]));
      total += bitcast<f32>(atomicLoad(&work[4u * i + 2u])) * exp((part - top) * p.inverse);
    }
    best = top;
    // 2^(30 − ⌊log₂ total⌋), by its exponent.
    let exponent = bitcast<u32>(total) >> 23u;
    scale = select(0f, bitcast<f32>((284u - exponent) << 23u), exponent >= 120u);
    found = vec4(0u, 0u, 0x7f7fffffu, 0u);
    if (p.depth > 0u) { found = advance(); }
    if (p.counts == 2u) { found.z = min(found.z, p.min_p); }
    if (wid.x == 0u) {
      for (var i = 0u; i < 3u; i++) { atomicStore(&work[p.next + i], found[i]); }
    }
  }
  workgroupBarrier();
  let known = found;
  let end = min(p.columns, (wid.x + 1u) * p.share);
  var sum = 0u;
  for (var i = wid.x * p.share + thread; i < end; i += $WXu) {
    let d = (best - logits[i]) * p.inverse;
    let bits = bitcast<u32>(d) & 0x7fffffffu;
    if (bits > known.z) { continue; }
    var weight = 1u;
    if (p.counts > 0u) { weight = u32(exp(-d) * scale + 0.5f); }
    if (p.counts == 2u) {
      sum += weight;
      continue;
    }
    let depth = select(p.depth, 0u, p.depth == 31u);
    if (depth > 0u && (bits >> (31u - depth)) != known.x) { continue; }
    let bin = select((bits >> (21u - min(depth, 21u))) & 1023u, bits >> 20u, depth == 0u);
    if (weight > 0u) { atomicAdd(&bins[bin], weight); }
  }
  partial[thread] = sum;
  workgroupBarrier();
  if (p.counts == 2u) {
    if (thread == 0u) {
      var mass = 0u;
      for (var i = 0u; i < $WXu; i++) { mass += partial[i]; }
      atomicStore(&work[4u * wid.x + 3u], mass);
    }
    return;
  }
  for (var i = thread; i < 2048u; i += $WXu) {
    let here = atomicLoad(&bins[i]);
    if (here > 0u) { atomicAdd(&work[p.next + 4u + i], here); }
  }
}
