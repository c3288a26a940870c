/**
 * Dynamic quantization (Dettmers et al. 2022, "8-bit optimizers via block-wise quantization"): 256 values in [−1, 1] (signed) or
 * [0, 1], closer together towards 0. Seven decades, each twice as many steps as the one below; the middle of every step is a
 * value; then 0 and 1. The same numbers as bitsandbytes' create_dynamic_map(signed, 7, 8), in order.
 */
export function dynamicMap(signed: boolean): Float32Array {
  const values = [0, 1];
  for (let decade = 0; decade < 7; decade++) {
    const steps = 2 ** (decade + (signed ? 0 : 1));
    for (let step = 0; step < steps; step++) {
      const value = 10 ** (decade - 6) * (0.1 + (0.9 * (step + 0.5)) / steps);
      values.push(value);
      if (signed) values.push(-value);
    }
  }
  return Float32Array.from(values).sort();
}

/** Borders between neighbours of a map of 256: a number takes the code that is the count of borders below it, so the nearest value. */
const borders = (map: Float32Array): Float32Array =>
  Float32Array.from({ length: 256 }, (_, code) => (code < 255 ? ((map[code] ?? 0) + (map[code + 1] ?? 0)) / 2 : 2));

/** What {@link Kernels.adamw8bit} reads codes by, [4, 256]: values for m, their borders, values for v, their borders. */
export function quantizationMaps(): Float32Array {
  const maps = new Float32Array(1024);
  [true, false].forEach((signed, index) => {
    const map = dynamicMap(signed);
    maps.set(map, 512 * index);
    maps.set(borders(map), 512 * index + 256);
  });
  return maps;
}

/** Elements that share a scale. */
export const blockSize = 256;

/** Words of codes (four in one, the first lowest) and scales that P elements need: those of m, then those of v. */
export const stateSizes = (elements: number): { codes: number; scales: number } => {
  const blocks = Math.ceil(elements / blockSize);
  return { codes: (2 * blocks * blockSize) / 4, scales: 2 * blocks };
};
