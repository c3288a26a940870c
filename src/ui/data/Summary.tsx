import type { DatasetSummary } from '../../protocol/rows';
import { count, percent } from '../../state/format';

function Figure({ name, value, tone = '' }: { name: string; value: string; tone?: string }) {
  return (
    <div className={tone}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** The file in figures. */
export function Summary({ summary, busy }: { summary: DatasetSummary; busy: boolean }) {
  const { rows, usableRows, brokenRows, droppedRows, maskedRows, tokens, trainedTokens } = summary;
  return (
    <section className="section" aria-label="Summary" aria-busy={busy}>
      <dl className="figures">
        <Figure name="rows" value={count(rows)} />
        <Figure name="usable" value={count(usableRows)} />
        <Figure name="broken" value={count(brokenRows)} tone={brokenRows > 0 ? 'broken' : ''} />
        {droppedRows > 0 && <Figure name="left out" value={count(droppedRows)} />}
        {maskedRows > 0 && <Figure name="nothing to learn" value={count(maskedRows)} tone="odd" />}
        <Figure name="tokens" value={count(tokens)} />
        <Figure name="trained" value={percent(trainedTokens, tokens)} />
      </dl>
      <div className="share" aria-hidden="true">
        <span style={{ width: `${tokens > 0 ? (trainedTokens / tokens) * 100 : 0}%` }} />
      </div>
    </section>
  );
}
