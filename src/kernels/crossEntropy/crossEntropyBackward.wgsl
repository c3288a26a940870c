// logits ← scale·softmax − picked·onehot(target) − every, in place, for a block of columns; softmax = e^(z−max)/Σ from the
// state. Without label smoothing picked is scale and every is 0; with ε they are scale·(1 − ε) and scale·ε/V.
//
// Layout   as crossEntropy.wgsl. Grid: a group of $WX threads a row; a thread strides over the columns. Tolerance 1e-6.
struct Params { rows: u32, columns: u32, first: u32, scale: f32, picked: f32, every: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read> state: array<vec4<f32>>;

@compute @workgroup_size($WX)
fn main(
  @builtin(workgroup_id) wid: vec3<u32>,
  @builtin(num_workgroups) grid: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let row = wid.y * grid.x + wid.x;
  if (row >= p.rows) { return; }
  let start = row * p.columns;
  let seen = state[row];
  let factor = p.scale / seen.y;
  let picked = targets[row] - i32(p.first);
  for (var i = thread; i < p.columns; i += $WXu) {
    logits[start + i] = exp(logits[start + i] - seen.x) * factor - select(0f, p.picked, i32(i) == picked) - p.every;
  }
}
