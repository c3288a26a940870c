// How shaders read a row of a weight, four columns at a time. Appended to a shader that has
//   var<storage, read> b: array<Packed>,  and with SCALES  var<storage, read> scales: array<f32>.
// `row_at`: where the row begins in `b`; `quad`: four columns 4·quad … 4·quad + 3. Scales are not applied.
// One of F16, INT8, INT4 is 1, or none for f32. Layout and values: quantize.ts. Exact.
//:if F16
alias Packed = vec2<u32>;
fn quad_of(row_at: u32, quad: u32) -> vec4<f32> {
  let words = b[row_at + quad];
  return vec4(unpack2x16float(words.x), unpack2x16float(words.y));
}
//:end
//:if INT8
alias Packed = u32;
fn quad_of(row_at: u32, quad: u32) -> vec4<f32> {
  return vec4<f32>((vec4<i32>(i32(b[row_at + quad])) << vec4(24u, 16u, 8u, 0u)) >> vec4(24u));
}
//:end
//:if INT4
alias Packed = u32;
fn quad_of(row_at: u32, quad: u32) -> vec4<f32> {
  let word = b[row_at + quad / 2u] >> (16u * (quad & 1u));
  return vec4<f32>(vec4<i32>((vec4(word) >> vec4(0u, 4u, 8u, 12u)) & vec4(15u)) - 8);
}
//:end
//:if F32
alias Packed = vec4<f32>;
fn quad_of(row_at: u32, quad: u32) -> vec4<f32> { return b[row_at + quad]; }
//:end
