import { useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { joined, rangeOf, type TokenRange } from '../../state/maskSelection';

/** What a person does with picked tokens; absent where tokens are only read. */
export interface Picking {
  picked: TokenRange | null;
  onPick: (range: TokenRange | null) => void;
  /** What a click on a token picks: its word, or itself. */
  unitAt: (index: number) => TokenRange;
  onWeight: (range: TokenRange, weight: 0 | 1) => void;
  onUndo: () => void;
}

const indexAt = (x: number, y: number): number | null => {
  const token = document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-index]');
  return token ? Number(token.dataset['index']) : null;
};

/**
 * Picking tokens: a click picks a word (or a token), a drag a range, Shift extends. A finger that moves up or down
 * scrolls (the browser then cancels the pointer); one that moves sideways picks.
 */
export function usePicking(picking: Picking | undefined) {
  const drag = useRef<{ anchor: TokenRange; moved: boolean; x: number; y: number } | null>(null);
  /** Where a selection by keyboard or Shift+click began. */
  const anchor = useRef<TokenRange | null>(null);
  if (!picking) return null;
  const { picked, onPick, unitAt, onWeight, onUndo } = picking;

  const extendTo = (index: number): void => {
    const unit = unitAt(index);
    anchor.current ??= picked ?? unit;
    onPick(joined(anchor.current, unit));
  };
  return {
    onPointerDown: (event: PointerEvent): void => {
      if (event.button !== 0) return;
      const index = indexAt(event.clientX, event.clientY);
      if (index === null) return;
      if (event.shiftKey) {
        extendTo(index);
        return;
      }
      drag.current = { anchor: unitAt(index), moved: false, x: event.clientX, y: event.clientY };
    },
    onPointerMove: (event: PointerEvent): void => {
      const { current } = drag;
      if (!current || event.buttons === 0) return;
      if (!current.moved && Math.hypot(event.clientX - current.x, event.clientY - current.y) < 4) return;
      current.moved = true;
      const index = indexAt(event.clientX, event.clientY);
      if (index === null) return;
      const range = joined(current.anchor, unitAt(index));
      if (range.first !== picked?.first || range.last !== picked.last) onPick(range);
    },
    onPointerUp: (): void => {
      const { current } = drag;
      drag.current = null;
      if (!current) return;
      anchor.current = current.anchor;
      if (current.moved) return;
      const again = picked?.first === current.anchor.first && picked.last === current.anchor.last;
      onPick(again ? null : current.anchor);
    },
    onPointerCancel: (): void => {
      drag.current = null;
    },
    /** Keys beyond those that move; `from` and `to`: the current token before and after. */
    moved: (from: number, to: number, isExtending: boolean): void => {
      if (!isExtending) {
        anchor.current = null;
        if (picked) onPick(null);
        return;
      }
      anchor.current ??= { first: from, last: from };
      onPick(joined(anchor.current, rangeOf(to, to)));
    },
    onKey: (event: KeyboardEvent, current: number | null): boolean => {
      const key = event.key.toLowerCase();
      // Control and Z is the page's own.
      if (event.ctrlKey || event.metaKey || event.altKey) return false;
      const target = picked ?? (current === null ? null : rangeOf(current, current));
      if (key === 'escape' && picked) onPick(null);
      else if (key === ' ' && current !== null) onPick(unitAt(current));
      else if ((key === 't' || key === 'm') && target) onWeight(target, key === 't' ? 1 : 0);
      else if (key === 'u') onUndo();
      else return false;
      return true;
    },
  };
}
