import { useState } from 'react';
import type { DatasetSummary } from '../../protocol/rows';
import { lengthFilter, setLengthFilter, useEdits } from '../../state/editsStore';
import { count } from '../../state/format';
import { editRecipe, useRecipe } from '../../state/recipeStore';
import { Downloads } from './Downloads';
import { Fold } from './Fold';
import { HeldOutField } from './HeldOutField';

/** A whole number or nothing, taken when the field is left or Enter is pressed. */
function NumberField({
  label,
  unit,
  value,
  onTake,
}: {
  label: string;
  unit: string;
  value: number | null;
  onTake: (value: number | null) => void;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const isBad = typed !== null && typed.trim() !== '' && !(Number.isInteger(Number(typed)) && Number(typed) >= 1);
  const take = (): void => {
    if (typed === null || isBad) return;
    onTake(typed.trim() === '' ? null : Number(typed));
    setTyped(null);
  };
  return (
    <span className="unit-field">
      <input
        type="text"
        inputMode="numeric"
        aria-label={label}
        aria-invalid={isBad}
        placeholder="any"
        value={typed ?? (value === null ? '' : String(value))}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === 'Enter') take();
        }}
      />
      {unit}
    </span>
  );
}

function Switch({ path, label, value }: { path: string; label: string; value: boolean }) {
  return (
    <label className="consent">
      <input type="checkbox" checked={value} onChange={(event) => editRecipe(path, event.target.checked)} />
      {label}
    </label>
  );
}

/** Which rows are used, and which of them are held out. */
export function RowsUsed({ summary }: { summary: DatasetSummary }) {
  const { take, shuffle, drop_duplicates } = useRecipe((state) => state.recipe.dataset);
  const edits = useEdits((state) => state.edits);
  const { min, max } = lengthFilter(edits);
  const says = [
    `${count(summary.trainRows)} to train`,
    `${count(summary.validationRows)} to validate`,
    ...(summary.testRows > 0 ? [`${count(summary.testRows)} to test`] : []),
    ...(summary.droppedRows > 0 ? [`${count(summary.droppedRows)} left out`] : []),
  ];
  return (
    <Fold title="Rows used" says={says.join(' · ')}>
      {() => (
        <>
          <HeldOutField split="validation" rows={summary.usableRows} />
          <HeldOutField split="test" rows={summary.usableRows} />
          <div className="field-row">
            <span>Use at most</span>
            <NumberField
              label="Rows to take"
              unit="rows"
              value={take}
              onTake={(value) => editRecipe('dataset.take', value)}
            />
          </div>
          <div className="field-row">
            <span>Length from</span>
            <span className="field-line">
              <NumberField
                label="Shortest row in tokens"
                unit="to"
                value={min}
                onTake={(value) => void setLengthFilter(value, max)}
              />
              <NumberField
                label="Longest row in tokens"
                unit="tokens"
                value={max}
                onTake={(value) => void setLengthFilter(min, value)}
              />
            </span>
          </div>
          <div className="field-line">
            <Switch path="dataset.shuffle" label="Shuffle" value={shuffle} />
            <Switch path="dataset.drop_duplicates" label="Drop duplicates" value={drop_duplicates} />
          </div>
          <h4>Take it away</h4>
          <Downloads summary={summary} />
        </>
      )}
    </Fold>
  );
}
