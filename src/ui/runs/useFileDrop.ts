import { useRef, useState, type DragEvent } from 'react';

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files');

/** Files dropped on an element are its own: what listens on the page does not get them. */
export function useFileDrop(take: (files: File[]) => void) {
  const [over, setOver] = useState(false);
  // Entering a child fires leave on its parent: nothing hovers when as many have been left as entered.
  const depth = useRef(0);
  const own = (event: DragEvent, change: number): void => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    depth.current = Math.max(0, depth.current + change);
    setOver(depth.current > 0);
  };
  const handlers = {
    onDragEnter: (event: DragEvent) => own(event, 1),
    onDragOver: (event: DragEvent) => own(event, 0),
    onDragLeave: (event: DragEvent) => own(event, -1),
    onDrop: (event: DragEvent) => {
      own(event, -Infinity);
      const files = [...event.dataTransfer.files];
      if (files.length > 0) take(files);
    },
  };
  return { over, handlers };
}
