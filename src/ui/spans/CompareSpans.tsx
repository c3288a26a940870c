import type { SpanPreset } from '../../protocol/dataApi';
import { count, plural } from '../../state/format';
import { useModel } from '../../state/modelStore';
import { compare, useSpans, type ComparedSide } from '../../state/spansStore';
import { ErrorCard } from '../common/ErrorCard';
import { OverlayText } from './OverlayText';

const noIds: ReadonlySet<number> = new Set();

function Choice({ label, value, presets, onChange }: ChoiceProps) {
  return (
    <label>
      <span className="hidden">{label}</span>
      <select aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
        {presets.map((preset) => (
          <option key={preset.id} value={preset.id} disabled={preset.unavailable !== null}>
            {preset.name}
          </option>
        ))}
      </select>
    </label>
  );
}
interface ChoiceProps {
  label: string;
  value: string;
  presets: readonly SpanPreset[];
  onChange: (id: string) => void;
}

/** Trained tokens of both over the sample, and in how many rows the end of the answer is among them. */
function Counts({ a, b }: { a: ComparedSide; b: ComparedSide }) {
  return (
    <div className="compare-counts" tabIndex={0} role="region" aria-label="Counts">
      <table>
        <thead>
          <tr>
            <th scope="col">over {plural(a.effect.rows, 'row')}</th>
            <th scope="col">tokens</th>
            <th scope="col">trained</th>
            <th scope="col">stop token trained</th>
            <th scope="col">rows that fail</th>
          </tr>
        </thead>
        <tbody>
          {[a, b].map(({ preset, effect }) => (
            <tr key={preset.id}>
              <th scope="row">{preset.name}</th>
              <td>{count(effect.tokensAfter)}</td>
              <td>{count(effect.trainedAfter)}</td>
              <td>in {plural(effect.stopTrainedAfter, 'row')}</td>
              <td>{count(effect.failedRows)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Sides({ a, b }: { a: ComparedSide; b: ComparedSide }) {
  const tokenizer = useModel((state) => state.tokenizer);
  const specialIds = tokenizer.kind === 'ready' ? tokenizer.specialIds : noIds;
  const failed = [a, b].find((side) => !side.row.ok);
  return (
    <>
      <Counts a={a} b={b} />
      {failed && !failed.row.ok && (
        <ErrorCard error={{ ...failed.row.error, message: failed.row.error.message }} tone="warning" />
      )}
      {a.row.ok && b.row.ok && (
        <OverlayText
          a={{ name: a.preset.name, row: a.row }}
          b={{ name: b.preset.name, row: b.row }}
          specialIds={specialIds}
        />
      )}
    </>
  );
}

/** Any two presets on the selected row and over a sample of the file. */
export function CompareSpans({ presets, pair }: { presets: readonly SpanPreset[]; pair: { a: string; b: string } }) {
  const comparison = useSpans((state) => state.comparison);
  const shown = comparison.kind === 'ready' ? comparison : comparison.kind === 'working' ? comparison.last : null;
  return (
    <div className="compare" aria-busy={comparison.kind === 'working'}>
      <div className="compare-choice">
        <Choice label="First rule" value={pair.a} presets={presets} onChange={(a) => compare({ ...pair, a })} />
        <span className="muted">against</span>
        <Choice label="Second rule" value={pair.b} presets={presets} onChange={(b) => compare({ ...pair, b })} />
      </div>
      {comparison.kind === 'failed' && <ErrorCard error={comparison.error} />}
      {comparison.kind === 'working' && !shown && <p className="note">Labelling the row under both…</p>}
      {shown && <Sides a={shown.a} b={shown.b} />}
    </div>
  );
}
