import { floatLayout } from './floatLayout';

/** A tensor to be written, in singles. */
export interface FloatTensor {
  name: string;
  shape: readonly number[];
  values: Float32Array;
}

/** A safetensors file (F32) of the tensors in order of name; see {@link floatLayout}. */
export function writeSafetensors(tensors: readonly FloatTensor[], metadata: Record<string, string> = {}): Uint8Array {
  const layout = floatLayout(tensors, metadata);
  const values = new Map(tensors.map((tensor) => [tensor.name, tensor.values]));
  const file = new Uint8Array(layout.sizeBytes);
  file.set(layout.header);
  for (const { name, begin } of layout.tensors) {
    const data = values.get(name) ?? new Float32Array();
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), layout.header.length + begin);
  }
  return file;
}
