import { useEffect, useState } from 'react';
import { nextDrawn, type TokenChunk } from '../../state/tokens';

/** Tokens drawn with the row itself: they are in sight, so they are laid out and painted as well. */
const firstTokens = 120;
/** Tokens drawn at once later, before the page may answer again: about 5 ms. */
const sliceTokens = 300;

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
  const [drawn, setDrawn] = useState(() => nextDrawn(chunks, 0, firstTokens));
  useEffect(() => {
    if (drawn >= chunks.length) return;
    return whenIdle(() => setDrawn(nextDrawn(chunks, drawn, sliceTokens)));
  }, [drawn, chunks]);
  return Math.min(drawn, chunks.length);
}
