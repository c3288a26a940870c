// Appended to matmul.wgsl and matmulTile.wgsl: C[row, column … column+3] = alpha · sum + bias (+ C), what lies outside left out.
fn put(base: u32, row: u32, column: u32, sum: vec4<f32>) {
  if (row >= p.m || column >= p.n) { return; }
//:if VECC
  let at = (base + row * p.c_row + p.c_first + column) / 4u;
  var value = sum * p.alpha;
//:if BIAS
  value += bias[(p.c_first + column) / 4u];
//:end
  if (p.accumulate != 0u) { value += c[at]; }
  c[at] = value;
//:else
  for (var i = 0u; i < 4u; i++) {
    if (column + i >= p.n) { return; }
    let at = base + row * p.c_row + p.c_first + column + i;
    var value = sum[i] * p.alpha;
//:if BIAS
    value += bias[p.c_first + column + i];
//:end
    if (p.accumulate != 0u) { value += c[at]; }
    c[at] = value;
  }
//:end
}
