// The next token: the column of the largest logit (greedy), or the one that the draw falls on, weights laid end to end in the
// order of columns (sample/rule.ts).
//
// Layout   logits f32 [columns]; work u32 as sampleSearch.wgsl left it (best and sum by part, limit at `state` + 2); token i32 [1];
//          drawn i32 [*], written at `index`; seen u32, a bit a token, set for the one that was taken (marks).
// Grid     one group of $WX threads; a thread takes a run of columns of the part that the draw falls in.
struct Params { columns: u32, share: u32, parts: u32, inverse: f32, state: u32, hash: u32, index: u32, greedy: u32, marks: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> work: array<u32>;
@group(0) @binding(3) var<storage, read_write> token: array<i32>;
@group(0) @binding(4) var<storage, read_write> drawn: array<i32>;
@group(0) @binding(5) var<storage, read_write> seen: array<u32>;
var<workgroup> partial: array<u32, $WX>;
var<workgroup> best: f32;
var<workgroup> scale: f32;
var<workgroup> part: u32;
var<workgroup> rest: u32;

fn multiply_high(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}

fn weight(column: u32) -> u32 {
  let d = (best - logits[column]) * p.inverse;
  if ((bitcast<u32>(d) & 0x7fffffffu) > work[p.state + 2u]) { return 0u; }
  return u32(exp(-d) * scale + 0.5f);
}

fn take(column: u32) {
  token[0] = i32(column);
  drawn[p.index] = i32(column);
  if (p.marks == 1u) { seen[column >> 5u] |= 1u << (column & 31u); }
}

@compute @workgroup_size($WX)
fn main(@builtin(local_invocation_index) thread: u32) {
  if (p.greedy == 1u) {
    if (thread == 0u) {
      var largest = bitcast<f32>(work[0]);
      var column = work[1];
      for (var i = 1u; i < p.parts; i++) {
        let other = bitcast<f32>(work[4u * i]);
        if (other > largest) {
          largest = other;
          column = work[4u * i + 1u];
        }
      }
      take(column);
    }
    return;
  }
  if (thread == 0u) {
    var top = -3.4e38f;
    for (var i = 0u; i < p.parts; i++) { top = max(top, bitcast<f32>(work[4u * i])); }
    var total = 0f;
    var mass = 0u;
    for (var i = 0u; i < p.parts; i++) {
      total += bitcast<f32>(work[4u * i + 2u]) * exp((bitcast<f32>(work[4u * i]) - top) * p.inverse);
      mass += work[4u * i + 3u];
    }
    let exponent = bitcast<u32>(total) >> 23u;
    best = top;
    scale = select(0f, bitcast<f32>((284u - exponent) << 23u), exponent >= 120u);
    rest = multiply_high(p.hash, mass);
    part = 0u;
    while (part < p.parts - 1u && rest >= work[4u * part + 3u]) {
      rest -= work[4u * part + 3u];
      part++;
    }
  }
  workgroupBarrier();
  let first = part * p.share;
  let end = min(p.columns, first + p.share);
  let run = (p.share + $WXu - 1u) / $WXu;
  let begin = min(end, first + thread * run);
  let last = min(end, begin + run);
  var sum = 0u;
  for (var i = begin; i < last; i++) { sum += weight(i); }
  partial[thread] = sum;
  workgroupBarrier();
  if (thread == 0u) {
    var slice = 0u;
    while (slice < $WXu - 1u && rest >= partial[slice]) {
      rest -= partial[slice];
      slice++;
    }
    // The last column with a weight, should rounding leave nothing at the very end.
    var column = 0u;
    for (var i = min(end, first + slice * run); i < min(end, first + (slice + 1u) * run); i++) {
      let here = weight(i);
      if (here == 0u) { continue; }
      column = i;
      if (rest < here) { break; }
      rest -= here;
    }
    take(column);
  }
}
