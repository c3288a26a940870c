import { useEffect, useState } from 'react';
import { nextDrawn, type TokenChunk } from '../../state/tokens';

/** Tokens drawn at once, before the page may answer again: about 10 ms. */
const sliceTokens = 700;

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
 * How many of `chunks` to draw now: the first at once, the others slice by slice in idle time, so that a row of
 * thousands of tokens never holds the page.
 */
export function useDrawn(chunks: readonly TokenChunk[]): number {
  const [drawn, setDrawn] = useState(() => nextDrawn(chunks, 0, sliceTokens));
  useEffect(() => {
    if (drawn >= chunks.length) return;
    return whenIdle(() => setDrawn(nextDrawn(chunks, drawn, sliceTokens)));
  }, [drawn, chunks]);
  return Math.min(drawn, chunks.length);
}
