// target[column] += Σ over rows of x·y / divisor[column].
//
// Layout   x, y [rows, width] of V (vec4 where the columns are a multiple of 4), target, divisor [width] of V; width counts V.
// Grid     a group of $WX × $WY threads for $WX columns: a thread strides over rows, then the threads' sums in order. Tolerance 1e-5.
//:if VEC
alias V = vec4<f32>;
//:else
alias V = f32;
//:end
struct Params { rows: u32, width: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> sums: array<V>;
@group(0) @binding(2) var<storage, read> x: array<V>;
@group(0) @binding(3) var<storage, read> y: array<V>;
@group(0) @binding(4) var<storage, read> divisor: array<V>;
const threads = $WXu * $WYu;
var<workgroup> parts: array<V, threads>;

@compute @workgroup_size($WX, $WY)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let column = (wid.y * grid.x + wid.x) * $WXu + local.x;
  var sum = V();
  if (column < p.width) {
    for (var row = local.y; row < p.rows; row += $WYu) {
      let i = row * p.width + column;
      sum += x[i] * y[i];
    }
  }
  parts[local.y * $WXu + local.x] = sum;
  workgroupBarrier();
  if (local.y > 0u || column >= p.width) { return; }
  for (var other = 1u; other < $WYu; other++) { sum += parts[other * $WXu + local.x]; }
  sums[column] += sum / divisor[column];
}
