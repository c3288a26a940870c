import type { DatasetSummary } from '../../protocol/rows';
import { bytes, count, percent } from '../../state/format';

/** The file in figures, and in words what is trained and under which template. */
export function Summary({ summary, busy }: { summary: DatasetSummary; busy: boolean }) {
  const { rows, usableRows, brokenRows, tokens, trainedTokens } = summary;
  return (
    <section className="section" aria-label="Summary" aria-busy={busy}>
      <dl className="figures">
        <div>
          <dt>rows</dt>
          <dd>{count(rows)}</dd>
        </div>
        <div>
          <dt>usable</dt>
          <dd>{count(usableRows)}</dd>
        </div>
        <div className={brokenRows > 0 ? 'broken' : ''}>
          <dt>broken</dt>
          <dd>{count(brokenRows)}</dd>
        </div>
        <div>
          <dt>tokens</dt>
          <dd>{count(tokens)}</dd>
        </div>
        <div>
          <dt>trained</dt>
          <dd>{percent(trainedTokens, tokens)}</dd>
        </div>
      </dl>
      <div className="share" aria-hidden="true">
        <span style={{ width: `${tokens > 0 ? (trainedTokens / tokens) * 100 : 0}%` }} />
      </div>
      <details>
        <summary className="note">
          {summary.format} format · {count(summary.trainRows)} rows to train, {count(summary.validationRows)} to
          validate
          {busy ? ' · labelling anew…' : ''}
        </summary>
        <dl className="pairs">
          <dt>File</dt>
          <dd>
            {summary.fileName}, {bytes(summary.sizeBytes)}
          </dd>
          <dt>Longest row</dt>
          <dd>{count(summary.longestTokens)} tokens</dd>
          <dt>Turns</dt>
          <dd>
            {Object.entries(summary.roles)
              .map(([role, turns]) => `${count(turns)} ${role}`)
              .join(', ')}
          </dd>
          {summary.maskedRows > 0 && (
            <>
              <dt>Rows with nothing to learn</dt>
              <dd>{count(summary.maskedRows)}</dd>
            </>
          )}
          <dt>Template</dt>
          <dd>{summary.templateNote}</dd>
          <dt>Trained spans</dt>
          <dd>{summary.spanNote}</dd>
        </dl>
      </details>
    </section>
  );
}
