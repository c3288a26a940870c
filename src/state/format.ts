/** Numbers as the page shows them: grouped digits, units, a fixed number of places where they change while being read. */
const grouped = new Intl.NumberFormat('en');

/** 12345 → "12,345". */
export const count = (value: number): string => grouped.format(Math.round(value));

/** "1 row", "2 rows". */
export const plural = (value: number, noun: string, many = `${noun}s`): string =>
  `${count(value)} ${value === 1 ? noun : many}`;

/** 0.1234 → "12 %". What is not nothing is never "0 %", what is not all never "100 %". */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return '0 %';
  const share = (part / whole) * 100;
  if (share > 0 && share < 0.05) return '< 0.1 %';
  if (share >= 99.5 && share < 100) return `${Math.min(99.9, share).toFixed(1)} %`;
  return `${share > 0 && share < 1 ? share.toFixed(1) : Math.round(share)} %`;
}

/** Bytes in decimal units: "512 B", "8.4 MB". */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let scaled = value;
  let unit = 0;
  // Rounded, 999.5 would be 1000.
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  return `${unit === 0 || scaled >= 99.95 ? Math.round(scaled) : scaled.toFixed(1)} ${units[unit] ?? 'B'}`;
}

/** Seconds as "8 s", "1:05", "1:02:03". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}:${two(whole % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** A parameter count: 4200000 → "4.2 M". */
export function parameters(value: number): string {
  if (value >= 999.95e6) return `${(value / 1e9).toFixed(1)} B`;
  if (value >= 999.5e3) return `${(value / 1e6).toFixed(1)} M`;
  if (value >= 1e3) return `${(value / 1e3).toFixed(0)} k`;
  return String(value);
}

/** A loss: three places below 10, more where they would be zeros; grouped digits from a thousand on, as a perplexity may have. */
export function lossText(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value > 0 && value < 0.0005) return rateText(value);
  return value >= 999.5 ? count(value) : value.toFixed(value < 9.9995 ? 3 : 1);
}

/** A rate as people write it: 0.003 → "3e-3", 0.5 → "0.5". */
export function rateText(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded === 0 || Math.abs(rounded) >= 0.01 ? String(rounded) : rounded.toExponential();
}
