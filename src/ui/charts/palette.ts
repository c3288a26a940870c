/** The page's tokens as they are now: read once per chart, since asking for a style while drawing makes the page lay out. */
export type Palette = (name: Token) => string;

const tokens = [
  '--sans',
  '--accent',
  '--text',
  '--muted',
  '--hairline',
  '--raw-line',
  '--surface',
  '--warning',
  '--ground',
  '--run-a',
  '--run-b',
  '--run-c',
  '--run-d',
  '--run-e',
  '--run-f',
] as const;
export type Token = (typeof tokens)[number];

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const values = new Map(tokens.map((token) => [token, style.getPropertyValue(token).trim()]));
  return (token) => values.get(token) ?? '';
}
