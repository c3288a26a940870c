const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const two = (value: number): string => String(value).padStart(2, '0');

/**
 * Python's `strftime` in the C locale, local time: the directives that chat templates use. English whatever the
 * browser's language is, so that a prompt does not depend on it. Unknown directives stay as they are.
 */
export function strftime(date: Date, format: string): string {
  const dayOfYear = Math.round(
    (Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) - Date.UTC(date.getFullYear(), 0, 1)) / 86_400_000,
  );
  const parts: Record<string, () => string> = {
    Y: () => String(date.getFullYear()),
    y: () => two(date.getFullYear() % 100),
    m: () => two(date.getMonth() + 1),
    d: () => two(date.getDate()),
    e: () => String(date.getDate()).padStart(2, ' '),
    j: () => String(dayOfYear + 1).padStart(3, '0'),
    B: () => months[date.getMonth()] ?? '',
    b: () => (months[date.getMonth()] ?? '').slice(0, 3),
    A: () => days[date.getDay()] ?? '',
    a: () => (days[date.getDay()] ?? '').slice(0, 3),
    H: () => two(date.getHours()),
    I: () => two(date.getHours() % 12 || 12),
    p: () => (date.getHours() < 12 ? 'AM' : 'PM'),
    M: () => two(date.getMinutes()),
    S: () => two(date.getSeconds()),
    F: () => strftime(date, '%Y-%m-%d'),
    T: () => strftime(date, '%H:%M:%S'),
    '%': () => '%',
  };
  return format.replace(/%(.)/g, (whole, directive: string) => parts[directive]?.() ?? whole);
}
