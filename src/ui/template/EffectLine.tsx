import type { MaskEffect } from '../../protocol/dataApi';
import { selectRow } from '../../state/datasetStore';
import { effectWords } from '../../state/effectWords';
import { count } from '../../state/format';
import type { EffectStatus } from '../../state/templateStore';
import { ErrorCard } from '../common/ErrorCard';
import { Icon } from '../common/Icon';

/** Changed rows linked to. */
const linkedRows = 4;

function Words({ effect }: { effect: MaskEffect }) {
  return (
    <>
      {effectWords(effect).map(({ text, tone }) => (
        <span key={text} className={tone === 'plain' ? 'effect-word' : `effect-word mark ${tone}`}>
          {tone !== 'plain' && <Icon name={tone} />}
          {text}
        </span>
      ))}
      {effect.changed.length > 0 && (
        <span className="effect-rows">
          {effect.changed.slice(0, linkedRows).map((row) => (
            <button key={row} type="button" className="link" onClick={() => selectRow(row)}>
              row {count(row + 1)}
            </button>
          ))}
        </span>
      )}
    </>
  );
}

/** What the text in the editor would change in the labels, in words; said to screen readers as it changes. */
export function EffectLine({ status }: { status: EffectStatus }) {
  const effect = status.kind === 'ready' ? status.effect : status.kind === 'measuring' ? status.last : null;
  return (
    <div className="effect" role="status" aria-label="Effect on the mask" aria-busy={status.kind === 'measuring'}>
      {status.kind === 'failed' && <ErrorCard error={status.error} tone="warning" />}
      {status.kind === 'measuring' && <span className="muted">Measuring…</span>}
      {effect && <Words effect={effect} />}
    </div>
  );
}
