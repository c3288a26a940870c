// C = alpha · Σ over splits of parts [splits, m·n] + bias (+ C): the second pass of a split sum, in order of the splits.
// Row i of C begins at i·c_row + c_first. Grid: a thread an output, 64 a group.
struct Params { size: u32, n: u32, splits: u32, accumulate: u32, alpha: f32, c_row: u32, c_first: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
//:if BIAS
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//:end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (wid.y * grid.x + wid.x) * 64u + thread;
  if (i >= p.size) { return; }
  var sum = 0f;
  for (var split = 0u; split < p.splits; split++) { sum += parts[split * p.size + i]; }
  sum *= p.alpha;
//:if BIAS
  sum += bias[p.c_first + i % p.n];
//:end
  let at = i / p.n * p.c_row + p.c_first + i % p.n;
  if (p.accumulate != 0u) { sum += c[at]; }
  c[at] = sum;
}
