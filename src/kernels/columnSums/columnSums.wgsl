// y[part] = Σ of a part's rows of x (NORM: of x · h · rstd, row by row); ADD: y += that sum, of all rows as one part.
//
// Layout   x, h [rows, width], y [parts, width] of V (vec4 where the width is a multiple of 4), rstd f32 [rows].
// Grid     a thread an element of y, 64 a group; size = parts · width.
// Sums     f32, rows in order. Tolerance 1e-5.
//:if VEC
alias V = vec4<f32>;
//:else
alias V = f32;
//:end
struct Params { size: u32, rows: u32, width: u32, per_part: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<V>;
@group(0) @binding(2) var<storage, read_write> y: array<V>;
//:if NORM
@group(0) @binding(3) var<storage, read> h: array<V>;
@group(0) @binding(4) var<storage, read> rstd: array<f32>;
//:end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (wid.y * grid.x + wid.x) * 64u + thread;
  if (i >= p.size) { return; }
  let first = (i / p.width) * p.per_part;
  let end = min(first + p.per_part, p.rows);
  var at = first * p.width + i % p.width;
  var sum = V();
  for (var row = first; row < end; row++) {
//:if NORM
    sum += x[at] * h[at] * rstd[row];
//:else
    sum += x[at];
//:end
    at += p.width;
  }
//:if ADD
  y[i] += sum;
//:else
  y[i] = sum;
//:end
}
