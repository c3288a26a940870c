// y[group] = Σ x² (SQUARE; else Σ x) over every $WX·groups-th element: twice gives one number, in a fixed order.
//
// Grid     $WX threads a group; a thread strides over x. Sums f32, a thread's in order, then the threads' in order. Tolerance 1e-5.
struct Params { size: u32, rows: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
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
  // Four sums at a time lose less to rounding than one.
  var sum = vec4<f32>();
  let stride = p.rows * $WXu;
  for (var i = row * $WXu + thread; i < p.size; i += 4u * stride) {
//:for c 4
//:if SQUARE
    if (i + $cu * stride < p.size) { let v$c = x[i + $cu * stride]; sum[$c] += v$c * v$c; }
//:else
    if (i + $cu * stride < p.size) { sum[$c] += x[i + $cu * stride]; }
//:end
//:end
  }
  parts[thread] = (sum.x + sum.y) + (sum.z + sum.w);
  workgroupBarrier();
  if (thread == 0u) {
    var total = 0f;
    for (var i = 0u; i < $WXu; i++) { total += parts[i]; }
    y[row] = total;
  }
}
