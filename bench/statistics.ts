/** The middle of sorted values, the mean of the two middle ones where their number is even; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

export interface PowerLaw {
  /** e of y = c·xᵉ. */
  exponent: number;
  /** c */
  factor: number;
  /** R² of the straight line in the logarithms, 0 … 1. */
  fit: number;
}

export interface Line {
  /** Value at 0. */
  base: number;
  slope: number;
  /** R², 0 … 1. */
  fit: number;
}

/** Least squares y = base + slope·x. Needs two different x. */
export function fitLine(x: readonly number[], y: readonly number[]): Line {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middleX, middleY] = [mean(x), mean(y)];
  let [together, spreadX, spreadY] = [0, 0, 0];
  x.forEach((value, index) => {
    const [dx, dy] = [value - middleX, (y[index] ?? NaN) - middleY];
    together += dx * dy;
    spreadX += dx * dx;
    spreadY += dy * dy;
  });
  const slope = together / spreadX;
  return {
    base: middleY - slope * middleX,
    slope,
    fit: spreadY === 0 ? 1 : (together * together) / (spreadX * spreadY),
  };
}

/** Least squares y = c·xᵉ in the logarithms; x and y above 0. */
export function fitPower(x: readonly number[], y: readonly number[]): PowerLaw {
  const { base, slope, fit } = fitLine(x.map(Math.log), y.map(Math.log));
  return { exponent: slope, factor: Math.exp(base), fit };
}
