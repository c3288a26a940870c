import type { BrokenRow, RowFit, RowSplit, UsableRow } from '../../protocol/rows';
import { useDataset } from '../../state/datasetStore';
import { removeEdits, undo, useEdits } from '../../state/editsStore';
import { count, percent } from '../../state/format';
import { useModel } from '../../state/modelStore';
import { setShowIds, setShowSpace, setTokenView, useView } from '../../state/viewStore';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';
import { Icon } from '../common/Icon';
import { Segments } from '../common/Segments';
import { HandTokens } from '../tokens/HandTokens';

const fitSentences: Record<RowFit, string> = {
  fits: 'fits',
  turns_dropped: 'too long: turns dropped, no answer cut',
  answer_cut: 'too long: answer cut',
  nothing_left: 'too long: nothing left to train',
};
const splitWords: Record<RowSplit, string> = {
  train: 'training row',
  validation: 'validation row',
  test: 'test row',
  none: 'not used',
};
const noIds: ReadonlySet<number> = new Set();

/** How the tokens are looked at. */
function Looks() {
  const tokenView = useView((state) => state.tokenView);
  const showSpace = useView((state) => state.showSpace);
  const showIds = useView((state) => state.showIds);
  return (
    <div className="looks">
      <label className="consent note">
        <input type="checkbox" checked={showSpace} onChange={(event) => setShowSpace(event.target.checked)} />
        White space
      </label>
      {tokenView === 'tokens' && (
        <label className="consent note">
          <input type="checkbox" checked={showIds} onChange={(event) => setShowIds(event.target.checked)} />
          Ids
        </label>
      )}
      <Segments
        label="View"
        value={tokenView}
        options={[
          { value: 'text', label: 'Text' },
          { value: 'tokens', label: 'Tokens' },
        ]}
        onChange={setTokenView}
      />
    </div>
  );
}

/** That a row is no longer as the file has it, with the way back. */
function EditedMark({ row }: { row: UsableRow }) {
  const byHand = useEdits((state) => state.edits.some((edit) => edit.kind === 'weight' && edit.row === row.row));
  const last = useEdits((state) => state.log.findLast((entry) => !entry.undone)?.label ?? null);
  if (!row.edited && !byHand) return null;
  const reset = (): void =>
    void removeEdits(
      (edit) => edit.kind === 'weight' && edit.row === row.row,
      `Took back every change by hand in row ${count(row.row + 1)}`,
    );
  return (
    <p className="edited-mark">
      <span className="mark">{byHand ? 'edited by hand' : 'changed by a fix'}</span>
      {last !== null && (
        <Button look="quiet" title={`Undo: ${last}`} onClick={() => void undo()}>
          <Icon name="undo" />
          Undo
        </Button>
      )}
      {byHand && (
        <Button look="quiet" onClick={reset}>
          Reset row
        </Button>
      )}
    </p>
  );
}

function Usable({ row }: { row: UsableRow }) {
  const tokenizer = useModel((state) => state.tokenizer);
  const byToken = useView((state) => state.tokenView) === 'tokens';
  const showSpace = useView((state) => state.showSpace);
  const showIds = useView((state) => state.showIds);
  const specialIds = tokenizer.kind === 'ready' ? tokenizer.specialIds : noIds;
  const trained = row.labels.reduce((total, label) => total + (label >= 0 ? 1 : 0), 0);
  return (
    <>
      <div className="detail-head">
        <h3>Row {count(row.row + 1)}</h3>
        <Looks />
      </div>
      <p className="key">
        <span>
          {row.dropped ? 'left out' : splitWords[row.split]} · {fitSentences[row.fit]} · {count(trained)} of{' '}
          {count(row.inputIds.length)} tokens trained ({percent(trained, row.inputIds.length)})
        </span>
      </p>
      {row.warnings.map((warning, index) => (
        <ErrorCard key={index} error={warning} tone="warning" />
      ))}
      <p className="key">
        <span>
          <span className="trained mono">trained</span> the model learns to write it
        </span>
        <span>
          <span className="mono">masked</span> it only reads it
        </span>
        <span>Click a word, or drag, to train or mask it by hand.</span>
      </p>
      {row.placesNote !== null && <p className="note">Only whole turns can be switched here: {row.placesNote}</p>}
      <HandTokens row={row} specialIds={specialIds} byToken={byToken} showSpace={showSpace} showIds={showIds}>
        <EditedMark row={row} />
      </HandTokens>
    </>
  );
}

function Broken({ row }: { row: BrokenRow }) {
  return (
    <>
      <h3>
        Row {count(row.row + 1)}, line {count(row.line)} of the file
      </h3>
      {row.dropped && <p className="note">Left out by a fix: it no longer counts as broken.</p>}
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
