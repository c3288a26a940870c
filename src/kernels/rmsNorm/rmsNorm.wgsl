// h = x + residual (RESIDUAL; else x); rstd = 1/√(mean(h²) + eps); y = h · rstd · weight.
//
// Layout   x, residual, y, h [rows, width] and weight [width] of V, rstd f32 [rows]; width counts V, d elements.
// Grid     a group of $WX threads a row.
// Sums     f32: each thread's part, then the parts in order. Tolerance 1e-5.
//:if VEC
alias V = vec4<f32>;
//:else
alias V = f32;
//:end
struct Params { rows: u32, width: u32, d: f32, eps: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read> weight: array<V>;
@group(0) @binding(3) var<storage, read_write> y: array<V>;
@group(0) @binding(4) var<storage, read_write> rstd: array<f32>;
//:if RESIDUAL
@group(0) @binding(5) var<storage, read> residual: array<V>;
@group(0) @binding(6) var<storage, read_write> h: array<V>;
//:end
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
//:if RESIDUAL
    let value = x[start + i] + residual[start + i];
    h[start + i] = value;
//:else
    let value = x[start + i];
//:end
    total += value * value;
  }
//:if VEC
  parts[thread] = (total.x + total.y) + (total.z + total.w);
//:else
  parts[thread] = total;
//:end
  workgroupBarrier();
  var sum = 0f;
  for (var i = 0u; i < $WXu; i++) { sum += parts[i]; }
  let scale = inverseSqrt(sum / p.d + p.eps);
  if (thread == 0u) { rstd[row] = scale; }
  for (var i = thread; i < p.width; i += $WXu) {
//:if RESIDUAL
    y[start + i] = h[start + i] * scale * weight[i];
//:else
    y[start + i] = x[start + i] * scale * weight[i];
//:end
  }
}
