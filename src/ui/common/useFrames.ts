import { useEffect, useState } from 'react';

/** Calls back after the next frame is on screen; returns the way to forget it. */
function afterFrame(run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const frame = requestAnimationFrame(() => {
    timer = setTimeout(run);
  });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}

/**
 * How many of `parts` to draw: none at first, then one more after each frame, so that each part is laid out in a frame of
 * its own. Parts that are drawn stay.
 */
export function useFrames(parts: number): number {
  const [drawn, setDrawn] = useState(0);
  useEffect(() => (drawn < parts ? afterFrame(() => setDrawn(drawn + 1)) : undefined), [drawn, parts]);
  return drawn;
}
