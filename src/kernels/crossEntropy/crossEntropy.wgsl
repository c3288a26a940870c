// One block of columns of an online log-sum-exp: state (max, Σ e^(z−max), target's logit, column of the max), in place.
//
// Layout   logits f32 [rows, columns], columns first … first+columns−1 of the whole row; targets i32 [rows]; state vec4 [rows].
// Grid     a group of $WX threads a row; a thread strides over the columns.
// Ties     the lowest column. Sums f32: each thread's, then the threads' in order. Tolerance 1e-5.
struct Params { rows: u32, columns: u32, first: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read_write> state: array<vec4<f32>>;
var<workgroup> maxima: array<f32, $WX>;
var<workgroup> best: array<u32, $WX>;
var<workgroup> sums: array<f32, $WX>;

@compute @workgroup_size($WX)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = wid.y * grid.x + wid.x;
  if (row >= p.rows) { return; }
  let start = row * p.columns;
  var largest = -3.4e38f;
  var column = 0xffffffffu;
  var sum = 0f;
  for (var i = thread; i < p.columns; i += $WXu) {
    let z = logits[start + i];
    if (z > largest) {
      sum *= exp(largest - z);
      largest = z;
      column = i;
    }
    sum += exp(z - largest);
  }
  maxima[thread] = largest;
  best[thread] = column;
  sums[thread] = sum;
  workgroupBarrier();
  if (thread == 0u) {
    let before = state[row];
    var top = before.x;
    var where_top = before.w;
    var at = 0xffffffffu;
    for (var i = 0u; i < $WXu; i++) {
      if (maxima[i] > top || (maxima[i] == top && at != 0xffffffffu && best[i] < at)) {
        top = maxima[i];
        at = best[i];
      }
    }
    if (at != 0xffffffffu) { where_top = f32(p.first + at); }
    var total = before.y * exp(before.x - top);
    for (var i = 0u; i < $WXu; i++) { total += sums[i] * exp(maxima[i] - top); }
    let target_column = targets[row] - i32(p.first);
    var picked = before.z;
    if (target_column >= 0 && target_column < i32(p.columns)) { picked += logits[start + u32(target_column)]; }
    state[row] = vec4(top, total, picked, where_top);
  }
}
