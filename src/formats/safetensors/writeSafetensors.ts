/** A tensor to be written, in singles. */
export interface FloatTensor {
  name: string;
  shape: readonly number[];
  values: Float32Array;
}

/**
 * A safetensors file (F32) of the tensors in order of name, as the reference writer does; the header is padded with spaces to
 * a multiple of 8 so that data is aligned. `metadata.format` is `pt`, which transformers and PEFT ask for.
 */
export function writeSafetensors(tensors: readonly FloatTensor[], metadata: Record<string, string> = {}): Uint8Array {
  const sorted = [...tensors].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const header: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } };
  let reached = 0;
  for (const { name, shape, values } of sorted) {
    const end = reached + values.byteLength;
    header[name] = { dtype: 'F32', shape, data_offsets: [reached, end] };
    reached = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + reached);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, 8 + text.length, 8 + headerBytes);
  file.set(text, 8);
  let at = 8 + headerBytes;
  for (const { values } of sorted) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
}
