// The largest of a row of logits, after the repetition penalty (in place), and Σ e^((z−max)/T): a part for each group.
//
// Layout   logits f32 [columns]; seen u32, a bit a token; work u32: part g is words 4g … = (bits of max, its column, bits of the
//          sum, 0), then `clear` words from 256 on that become 0 (the histograms of sampleSearch.wgsl).
// Grid     $WX threads a group, at most 64 groups; a thread strides over its group's share of columns.
// Ties     the lowest column. Sums f32: each thread's, then the threads' in order.
struct Params { columns: u32, share: u32, clear: u32, inverse: f32, penalty: f32, relief: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> work: array<u32>;
@group(0) @binding(3) var<storage, read> seen: array<u32>;
var<workgroup> maxima: array<f32, $WX>;
var<workgroup> columns_of: array<u32, $WX>;
var<workgroup> sums: array<f32, $WX>;

@compute @workgroup_size($WX)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  for (var i = wid.x * $WXu + thread; i < p.clear; i += grid.x * $WXu) { work[256u + i] = 0u; }
  let end = min(p.columns, (wid.x + 1u) * p.share);
  var largest = -3.4e38f;
  var column = 0u;
  var sum = 0f;
  for (var i = wid.x * p.share + thread; i < end; i += $WXu) {
    var z = logits[i];
    if (p.penalty != 1f && ((seen[i >> 5u] >> (i & 31u)) & 1u) == 1u) {
      z *= select(p.relief, p.penalty, z < 0f);
      logits[i] = z;
    }
    // Not NaN: by its bits, since compilers may take numbers to be numbers.
    if ((bitcast<u32>(z) & 0x7fffffffu) > 0x7f800000u) { continue; }
    if (z > largest) {
      sum *= exp((largest - z) * p.inverse);
      largest = z;
      column = i;
    }
    sum += exp((z - largest) * p.inverse);
  }
  maxima[thread] = largest;
  columns_of[thread] = column;
  sums[thread] = sum;
  workgroupBarrier();
  if (thread == 0u) {
    for (var i = 1u; i < $WXu; i++) {
      if (maxima[i] > largest || (maxima[i] == largest && columns_of[i] < column)) {
        largest = maxima[i];
        column = columns_of[i];
      }
    }
    var total = 0f;
    for (var i = 0u; i < $WXu; i++) { total += sums[i] * exp((maxima[i] - largest) * p.inverse); }
    work[4u * wid.x] = bitcast<u32>(largest);
    work[4u * wid.x + 1u] = column;
    work[4u * wid.x + 2u] = bitcast<u32>(total);
    work[4u * wid.x + 3u] = 0u;
  }
}
