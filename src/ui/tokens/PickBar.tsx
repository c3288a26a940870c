import type { PickedContents, TokenRange } from '../../state/maskSelection';
import { plural } from '../../state/format';
import { Button } from '../common/Button';
import { Icon } from '../common/Icon';

interface Props {
  picked: TokenRange;
  contents: PickedContents;
  /** Why nothing of the row can be switched word by word, or null. */
  placesNote: string | null;
  /** What undo would take back; null when there is nothing. */
  undoes: string | null;
  onWeight: (weight: 0 | 1) => void;
  onUndo: () => void;
  onClose: () => void;
}

/** At picked tokens: train them, mask them, take the last change back. Says what can't be switched, and why. */
export function PickBar({ picked, contents, placesNote, undoes, onWeight, onUndo, onClose }: Props) {
  const able = contents.parts.length > 0;
  const reason = able ? null : (placesNote ?? 'Only the template’s own text is picked; it can’t be switched by hand');
  return (
    <div role="toolbar" aria-label="Picked tokens" className="pick-tools">
      <span className="note" aria-live="polite">
        {plural(picked.last - picked.first + 1, 'token')}
      </span>
      <Button unavailable={reason} aria-keyshortcuts="T" onClick={() => onWeight(1)}>
        Train <kbd aria-hidden="true">T</kbd>
      </Button>
      <Button unavailable={reason} aria-keyshortcuts="M" onClick={() => onWeight(0)}>
        Mask <kbd aria-hidden="true">M</kbd>
      </Button>
      <Button
        look="quiet"
        className="icon-only"
        aria-label="Undo"
        title={undoes === null ? undefined : `Undo: ${undoes}`}
        unavailable={undoes === null ? 'Nothing to undo' : null}
        onClick={onUndo}
      >
        <Icon name="undo" />
      </Button>
      <Button look="quiet" className="icon-only" aria-label="Close" title="Close (Escape)" onClick={onClose}>
        <Icon name="close" />
      </Button>
      {reason !== null && <p className="note">{reason}.</p>}
      {able && contents.hasTemplateText && (
        <p className="note">The template’s own text in it stays as the span rule has it.</p>
      )}
    </div>
  );
}
