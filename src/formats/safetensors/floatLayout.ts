/** Where each tensor of an F32 safetensors file lies. */
export interface FloatLayout {
  /** The head of the file: size, JSON, spaces to a multiple of 8. */
  header: Uint8Array;
  /** In order of name, as the reference writer has them, without gaps; `begin` and `end` in bytes from the head's end. */
  tensors: { name: string; begin: number; end: number }[];
  /** Of the whole file. */
  sizeBytes: number;
}

/**
 * The head of a safetensors file of F32 tensors, before there is any data: what follows it can be written tensor by tensor.
 * `metadata.format` is `pt`, which transformers and PEFT ask for.
 */
export function floatLayout(
  tensors: readonly { name: string; shape: readonly number[] }[],
  metadata: Record<string, string> = {},
): FloatLayout {
  const sorted = [...tensors].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const head: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } };
  let reached = 0;
  const placed = sorted.map(({ name, shape }) => {
    const begin = reached;
    reached += 4 * shape.reduce((product, side) => product * side, 1);
    head[name] = { dtype: 'F32', shape, data_offsets: [begin, reached] };
    return { name, begin, end: reached };
  });
  const text = new TextEncoder().encode(JSON.stringify(head));
  const header = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(text, 8);
  return { header, tensors: placed, sizeBytes: header.length + reached };
}
