import { useEffect } from 'react';
import { redo, undo, useEdits } from '../../state/editsStore';
import { plural } from '../../state/format';
import { useView } from '../../state/viewStore';
import { Button } from '../common/Button';
import { Icon } from '../common/Icon';

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Ctrl or Cmd with Z undoes, with Shift (or Ctrl Y) redoes, wherever nothing is being typed. */
function useUndoKeys(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || isTyping(event.target)) return;
      // Under a dialog nobody would see what was undone.
      const { showsModels, showsRuns } = useView.getState();
      if (showsModels || showsRuns) return;
      const key = event.key.toLowerCase();
      const command = key === 'y' || (key === 'z' && event.shiftKey) ? redo : key === 'z' ? undo : null;
      if (!command) return;
      event.preventDefault();
      void command();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}

/** What was done to the data: the last action with its undo, and the whole list. */
export function Changes() {
  useUndoKeys();
  const { log, canUndo, canRedo } = useEdits();
  if (log.length === 0) return null;
  const done = log.filter((action) => !action.undone);
  const last = done.at(-1);
  const next = log[done.length];
  return (
    <section className="changes" aria-label="Changes">
      <div className="undo-bar">
        <span>{last?.label ?? `Undone: ${next?.label ?? ''}`}</span>
        {canUndo && (
          <Button look="quiet" onClick={() => void undo()} title="Ctrl Z">
            <Icon name="undo" />
            Undo
          </Button>
        )}
        {canRedo && (
          <Button
            look="quiet"
            onClick={() => void redo()}
            title="Ctrl Shift Z"
            aria-label={`Redo ${next?.label ?? ''}`}
          >
            <Icon name="redo" />
            Redo
          </Button>
        )}
      </div>
      {log.length > 1 && (
        <details>
          <summary className="note">{plural(done.length, 'change')} to this file</summary>
          <ol className="change-list" tabIndex={0} aria-label="Changes made">
            {log.map(({ label, undone }, index) => (
              <li key={index} className={undone ? 'undone' : ''}>
                {label}
                {undone && <span className="muted"> · undone</span>}
              </li>
            ))}
          </ol>
        </details>
      )}
    </section>
  );
}
