/** Where a key leads along `points` places, from `at` (null: nowhere yet, beyond the last); null: the key leads nowhere. Pure. */
export function movedTo(key: string, at: number | null, points: number): number | null {
  const from = at ?? points;
  const to = {
    ArrowLeft: from - 1,
    ArrowRight: from + 1,
    PageUp: from - 10,
    PageDown: from + 10,
    Home: 0,
    End: points - 1,
  }[key];
  return to === undefined || points === 0 ? null : Math.max(0, Math.min(points - 1, to));
}
