import { useEffect, useState } from 'react';

/** Chunks drawn at once, before the page may answer again. */
const firstChunks = 3;

const whenIdle = (run: () => void): (() => void) => {
  // Safari has no idle callbacks; a timer lets the page answer between two chunks as well.
  if (typeof requestIdleCallback !== 'function') {
    const timer = setTimeout(run, 16);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(run, { timeout: 100 });
  return () => cancelIdleCallback(handle);
};

/**
 * How many of `chunks` to draw now: the first few at once, the others one by one in idle time, so that a row of
 * thousands of tokens never holds the page.
 */
export function useDrawn(chunks: number): number {
  const [drawn, setDrawn] = useState(firstChunks);
  useEffect(() => {
    if (drawn >= chunks) return;
    return whenIdle(() => setDrawn(drawn + 1));
  }, [drawn, chunks]);
  return Math.min(drawn, chunks);
}
