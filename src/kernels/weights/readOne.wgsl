// As read.wgsl, one column at a time, of rows of any length: `b` is array<u32>. Scales are not applied.
//:if F16
fn value_of(row_at: u32, column: u32) -> f32 {
  return unpack2x16float(b[row_at + column / 2u] >> (16u * (column & 1u))).x;
}
//:end
//:if INT8
fn value_of(row_at: u32, column: u32) -> f32 {
  return f32((i32(b[row_at + column / 4u]) << (24u - 8u * (column & 3u))) >> 24u);
}
//:end
//:if INT4
fn value_of(row_at: u32, column: u32) -> f32 {
  return f32(i32((b[row_at + column / 8u] >> (4u * (column & 7u))) & 15u) - 8);
}
//:end
