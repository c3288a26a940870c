// y[row] = Σ x² over a row.
//
// Layout   x [rows, width] of V (vec4 where the columns are a multiple of 4), y f32 [rows]; width counts V.
// Grid     a group of $WX threads a row. Sums f32: each thread's part, then the parts in order. Tolerance 1e-5.
//:if VEC
alias V = vec4<f32>;
//:else
alias V = f32;
//:end
struct Params { rows: u32, width: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
var<workgroup> parts: array<f32, $WX>;

@compute @workgroup_size($WX)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = wid.y * grid.x + wid.x;
  if (row >= p.rows) { return; }
  let start = row * p.width;
  var total = V();
  for (var i = thread; i < p.width; i += $WXu) {
    let value = x[start + i];
    total += value * value;
  }
//:if VEC
  parts[thread] = (total.x + total.y) + (total.z + total.w);
//:else
  parts[thread] = total;
//:end
  workgroupBarrier();
  if (thread == 0u) {
    var sum = 0f;
    for (var i = 0u; i < $WXu; i++) { sum += parts[i]; }
    y[row] = sum;
  }
}
