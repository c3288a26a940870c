// y = alpha · x·Wᵀ + bias (+ y) for one row x [k] (decoding one token): W [n, k], k % 4 = 0.
//
// Grid     a group has 8 outputs; its $WX threads walk k together, so that they read neighbouring weights.
// Sums     f32: a thread's in order of k, then the threads' in order. Tolerance 1e-5 of the largest |y|.
struct Params { k: u32, n: u32, groups: u32, accumulate: u32, alpha: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
//:if BIAS
@group(0) @binding(4) var<storage, read> bias: array<f32>;
//:end
var<workgroup> parts: array<f32, $PARTS>;

@compute @workgroup_size($WX)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = wid.y * grid.x + wid.x;
  if (group >= p.groups) { return; }
  let k4 = p.k / 4u;
  let column = group * 8u;
//:for j 8
  let at_$j = min(column + $ju, p.n - 1u) * k4;
  var sum_$j = 0f;
//:end
  for (var k = thread; k < k4; k += $WXu) {
    let value = x[k];
//:for j 8
    sum_$j += dot(value, w[at_$j + k]);
//:end
  }
//:for j 8
  parts[$ju * $WXu + thread] = sum_$j;
//:end
  workgroupBarrier();
  for (var j = thread; j < 8u; j += $WXu) {
    if (column + j >= p.n) { return; }
    var sum = 0f;
    for (var i = 0u; i < $WXu; i++) { sum += parts[j * $WXu + i]; }
    sum *= p.alpha;
//:if BIAS
    sum += bias[column + j];
//:end
    if (p.accumulate != 0u) { sum += y[column + j]; }
    y[column + j] = sum;
  }
}
