import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { KeptRun } from '../../protocol/run';
import { setRunLabel } from '../../state/runs/historyStore';
import { runName } from '../../state/runs/runWords';
import { Button } from '../common/Button';

/** Longer names are no names. */
const longestName = 80;

/** A run's name, renamed in place: Enter or leaving the field takes it, Escape does not. */
export function RunTitle({ run }: { run: KeptRun }) {
  const [typed, setTyped] = useState<string | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  /** Ended by a key: the button that began it has the focus again, which a person who clicked elsewhere does not want. */
  const endedByKey = useRef(false);
  useEffect(() => {
    if (typed === null && endedByKey.current) button.current?.focus();
    endedByKey.current = false;
  }, [typed]);
  const name = runName(run);
  const isNamed = run.label.name !== '';
  const take = (): void => {
    const next = typed?.trim() ?? run.label.name;
    setTyped(null);
    if (next !== run.label.name) void setRunLabel(run.record.id, { name: next });
  };
  const byKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' && event.key !== 'Escape') return;
    endedByKey.current = true;
    // Enter would press the button that has the focus next.
    event.preventDefault();
    if (event.key === 'Enter') {
      take();
      return;
    }
    // Escape would close the dialog as well.
    event.stopPropagation();
    setTyped(null);
  };
  if (typed !== null) {
    return (
      <input
        type="text"
        className="rename"
        aria-label={`Name of ${name}`}
        placeholder={run.record.configHash.slice(0, 8)}
        maxLength={longestName}
        value={typed}
        autoFocus
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={byKey}
        onBlur={take}
      />
    );
  }
  return (
    <>
      <h4 className={isNamed ? '' : 'mono'}>{name}</h4>
      <Button ref={button} look="quiet" aria-label={`Rename ${name}`} onClick={() => setTyped(run.label.name)}>
        Rename
      </Button>
    </>
  );
}
