import { useEffect, useState } from 'react';

/** Parts drawn per frame: a text in scripts that the page has not drawn yet takes milliseconds to lay out. */
const perFrame = 3;
const waiting = new Set<() => void>();
let isScheduled = false;

function letNext(): void {
  isScheduled = false;
  let left = perFrame;
  for (const go of waiting) {
    if (left-- === 0) break;
    waiting.delete(go);
    go();
  }
  if (waiting.size > 0) schedule();
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(letNext);
}

/**
 * Whether a part of a list that appears at once may draw its text: false at first, then true in its turn, at most
 * {@link perFrame} parts a frame, so that a whole page of new text never has to be laid out in one.
 */
export function useTurn(): boolean {
  const [isDue, setIsDue] = useState(false);
  useEffect(() => {
    const go = (): void => setIsDue(true);
    waiting.add(go);
    schedule();
    return () => void waiting.delete(go);
  }, []);
  return isDue;
}
