/**
 * The standard deviation σ of the rounding noise in f, from values at equally spaced points so close together that f itself is a
 * straight line there: third differences leave nothing of a smooth function, and of independent noise σ²·(2k)!/(k!)² = 20·σ² (Hamming's
 * difference table; Moré and Wild 2011, "Estimating computational noise").
 */
export function noiseOf(values: readonly number[]): number {
  let differences = [...values];
  for (let order = 1; order <= 3; order++)
    differences = differences.slice(1).map((value, index) => value - (differences[index] ?? 0));
  const squares = differences.reduce((sum, difference) => sum + difference * difference, 0);
  return Math.sqrt(squares / differences.length / 20);
}
