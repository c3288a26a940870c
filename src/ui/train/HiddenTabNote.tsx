import { useHiddenTab } from '../../state/runs/hiddenTab';

/** That the browser slowed the run while its tab was hidden, as measured. */
export function HiddenTabNote() {
  const note = useHiddenTab((state) => state.note);
  return note === null ? null : (
    <p className="note" role="note">
      {note}
    </p>
  );
}
