import { useEffect, useId, useRef, type DragEventHandler, type ReactNode } from 'react';
import { Button } from './Button';
import { Icon } from './Icon';

interface SheetProps {
  title: string;
  open: boolean;
  onClose: () => void;
  className?: string;
  /** Over everything else, while a file hangs above it. */
  veil?: ReactNode;
  handlers?: Partial<Record<'onDragEnter' | 'onDragOver' | 'onDragLeave' | 'onDrop', DragEventHandler>>;
  /** Drawn while it is open. */
  children: ReactNode;
}

/** A dialog over the page. Escape, its button or a press beside it closes it. */
export function Sheet({ title, open, onClose, className = '', veil, handlers, children }: SheetProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  /** Whether the press began beside the dialog: text that is selected beyond its edge ends there too. */
  const beganOutside = useRef(false);
  useEffect(() => {
    const element = dialog.current;
    if (!element || element.open === open) return;
    if (open) element.showModal();
    else element.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      className={`sheet ${className}`}
      aria-labelledby={titleId}
      onClose={onClose}
      onPointerDown={(event) => {
        // Only the backdrop is the dialog itself; everything else lies inside.
        beganOutside.current = event.target === event.currentTarget;
      }}
      onClick={(event) => {
        if (beganOutside.current && event.target === event.currentTarget) onClose();
      }}
      {...handlers}
    >
      <div className="sheet-inner">
        <header>
          <h2 id={titleId}>{title}</h2>
          <Button look="quiet" className="icon-only" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </Button>
        </header>
        <div className="sheet-body" tabIndex={-1}>
          {open && children}
        </div>
        {veil}
      </div>
    </dialog>
  );
}
