/** A terminal and npm each pass one key press on: signals closer than this are one interrupt. */
const sameInterruptMs = 400;

/**
 * Calls `first` on the first interrupt and `second` on the next. SIGTERM counts as an interrupt. Returns the way to stop
 * listening.
 */
export function onInterrupt(first: () => void, second: () => void): () => void {
  let count = 0;
  let last = -Infinity;
  const listener = (): void => {
    const now = performance.now();
    const isSame = now - last < sameInterruptMs;
    last = now;
    if (isSame) return;
    count++;
    if (count === 1) first();
    else second();
  };
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  return () => {
    process.off('SIGINT', listener);
    process.off('SIGTERM', listener);
  };
}
