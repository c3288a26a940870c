import { useMemo, useState } from 'react';
import type { BrokenRow, UsableRow } from '../../protocol/rows';
import { useDataset } from '../../state/datasetStore';
import { count, percent } from '../../state/format';
import { useModel } from '../../state/modelStore';
import { tokenCells, turnCells, type TokenCell } from '../../state/tokens';
import { setShowSpace, setTokenView, useView } from '../../state/viewStore';
import { ErrorCard } from '../common/ErrorCard';
import { Segments } from '../common/Segments';
import { TokenInspector } from '../tokens/TokenInspector';
import { TokenText } from '../tokens/TokenText';

const fitSentences = {
  fits: 'fits',
  turns_dropped: 'too long: oldest turns dropped',
  answer_cut: 'too long: answer cut',
  nothing_left: 'too long: nothing left to train',
} as const;
const noIds: ReadonlySet<number> = new Set();

function Usable({ row }: { row: UsableRow }) {
  const tokenizer = useModel((state) => state.tokenizer);
  const byToken = useView((state) => state.tokenView) === 'tokens';
  const showSpace = useView((state) => state.showSpace);
  const [cell, setCell] = useState<TokenCell | null>(null);
  const specialIds = tokenizer.kind === 'ready' ? tokenizer.specialIds : noIds;
  const turns = useMemo(() => turnCells(tokenCells(row, specialIds), row.offsets, row.turns), [row, specialIds]);
  const trained = row.labels.reduce((total, label) => total + (label >= 0 ? 1 : 0), 0);
  return (
    <>
      <div className="detail-head">
        <h3>Row {count(row.row + 1)}</h3>
        <label className="consent note">
          <input type="checkbox" checked={showSpace} onChange={(event) => setShowSpace(event.target.checked)} />
          White space
        </label>
        <Segments
          label="View"
          value={byToken ? 'tokens' : 'text'}
          options={[
            { value: 'text', label: 'Text' },
            { value: 'tokens', label: 'Tokens' },
          ]}
          onChange={setTokenView}
        />
      </div>
      <p className="key">
        <span>
          <span className="trained mono">trained</span> the model learns to write it
        </span>
        <span>
          <span className="mono">masked</span> it only reads it
        </span>
        <span>
          {count(trained)} of {count(row.inputIds.length)} tokens trained ({percent(trained, row.inputIds.length)}) ·{' '}
          {fitSentences[row.fit]}
        </span>
      </p>
      {row.warnings.map((warning, index) => (
        <ErrorCard key={index} error={warning} tone="warning" />
      ))}
      <TokenText
        turns={turns}
        label={`Tokens of row ${row.row + 1}`}
        byToken={byToken}
        showSpace={showSpace}
        onToken={setCell}
      />
      <TokenInspector cell={cell} withLabels />
    </>
  );
}

function Broken({ row }: { row: BrokenRow }) {
  return (
    <>
      <h3>
        Row {count(row.row + 1)}, line {count(row.line)} of the file
      </h3>
      <ErrorCard error={row.error} />
      {row.error.path !== undefined && (
        <p className="note">
          At <code className="mono">{row.error.path}</code>
        </p>
      )}
      <pre className="broken-source" tabIndex={0} aria-label="Source of the row">
        {row.source}
      </pre>
    </>
  );
}

/** The selected row: its tokens with what is trained, or what is wrong with it. */
export function RowDetail() {
  const selected = useDataset((state) => state.selected);
  const row = useDataset((state) => state.rows.get(state.selected));
  return (
    <section className="section" id="row-detail" aria-label={`Row ${selected + 1}`}>
      {!row && <p className="note">Fetching row {count(selected + 1)}…</p>}
      {row?.ok === true && <Usable key={row.row} row={row} />}
      {row?.ok === false && <Broken row={row} />}
    </section>
  );
}
