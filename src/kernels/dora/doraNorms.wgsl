// norms[o] = √(squares[o] + s·Σ_r b[o, r]·(2·wa[r, o] + s·bg[o, r])), the length of row o of W + s·B·A, where wa = A·Wᵀ and
// bg = B·A·Aᵀ; factors[o] = m[o] / norms[o], 1 where they are equal (WGSL's division need not be exact).
//
// Layout   squares, m, norms, factors [out]; b, bg [out, rank]; wa [rank, out].
// Grid     a thread an output, 64 a group. Sums f32, in order. Tolerance 1e-5.
struct Params { outputs: u32, rank: u32, scale: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> squares: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> wa: array<f32>;
@group(0) @binding(4) var<storage, read> bg: array<f32>;
@group(0) @binding(5) var<storage, read> m: array<f32>;
@group(0) @binding(6) var<storage, read_write> norms: array<f32>;
@group(0) @binding(7) var<storage, read_write> factors: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let o = (wid.y * grid.x + wid.x) * 64u + thread;
  if (o >= p.outputs) { return; }
  var sum = 0f;
  for (var r = 0u; r < p.rank; r++) {
    let i = o * p.rank + r;
    sum += b[i] * (2f * wa[r * p.outputs + o] + p.scale * bg[i]);
  }
  let norm = sqrt(max(0f, squares[o] + p.scale * sum));
  norms[o] = norm;
  factors[o] = select(m[o] / norm, 1f, m[o] == norm);
}
