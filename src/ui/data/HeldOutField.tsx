import { useId, useRef, useState } from 'react';
import { bytes, count, percent, plural } from '../../state/format';
import { holdOutShare, openHeldOut, useHeldOut } from '../../state/heldOutStore';
import { editRecipe, useRecipe } from '../../state/recipeStore';
import { acceptedFiles, type HeldOutSplit } from '../../state/sortFiles';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';
import { Icon } from '../common/Icon';

type Mode = 'none' | 'share' | 'count' | 'file';

const modeOf = (value: number | string): Mode =>
  typeof value === 'string' ? 'file' : value === 0 ? 'none' : value < 1 ? 'share' : 'count';

function FileFacts({ split }: { split: HeldOutSplit }) {
  const held = useHeldOut((state) => state[split]);
  if (!held) return null;
  const { file, status } = held;
  if (status.kind === 'failed') return <ErrorCard error={status.error} />;
  return (
    <p className="note">
      {file.name}, {bytes(file.size)} ·{' '}
      {status.kind === 'reading'
        ? `reading${status.progress ? `, ${percent(status.progress.doneBytes, status.progress.totalBytes)}` : '…'}`
        : `${plural(status.summary.usableRows, 'usable row')}${
            status.summary.brokenRows > 0 ? `, ${count(status.summary.brokenRows)} broken` : ''
          }${status.summary.problems.some(({ code }) => code === 'data/validation-in-train') ? ', some are also in training' : ''}`}
    </p>
  );
}

/** How rows are held out: a share, a number of them, or another file. */
export function HeldOutField({ split, rows }: { split: HeldOutSplit; rows: number }) {
  const value = useRecipe((state) => state.recipe.dataset[split]);
  const held = useHeldOut((state) => state[split]);
  const [typed, setTyped] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const mode = held ? 'file' : modeOf(value);
  const name = split === 'validation' ? 'Validation' : 'Test';
  const choose = (next: Mode): void => {
    setTyped(null);
    setProblem(null);
    if (next === 'file') input.current?.click();
    else
      void holdOutShare(split, { none: 0, share: 0.1, count: Math.max(1, Math.min(100, Math.round(rows / 10))) }[next]);
  };
  const take = (text: string): void => {
    setTyped(text);
    const number = Number(text);
    const isFit =
      text.trim() !== '' && (mode === 'share' ? number > 0 && number < 100 : Number.isInteger(number) && number >= 1);
    setProblem(
      isFit
        ? editRecipe(`dataset.${split}`, mode === 'share' ? Number((number / 100).toPrecision(12)) : number)
        : mode === 'share'
          ? 'A percentage between 0 and 100 is needed.'
          : 'A whole number of rows is needed.',
    );
  };
  const shown =
    typed ??
    (typeof value !== 'number' ? '' : mode === 'share' ? String(Number((value * 100).toPrecision(6))) : String(value));
  return (
    <div className="held-out">
      <div className="field-row">
        <label htmlFor={id}>{name}</label>
        <span className="field-line">
          <select id={id} value={mode} onChange={(event) => choose(event.target.value as Mode)}>
            <option value="none">none</option>
            <option value="share">a share of the rows</option>
            <option value="count">a number of rows</option>
            <option value="file">{held ? held.file.name : 'another file…'}</option>
          </select>
          {(mode === 'share' || mode === 'count') && (
            <span className="unit-field">
              <input
                type="text"
                inputMode="decimal"
                aria-label={mode === 'share' ? `${name} share in percent` : `${name} rows`}
                aria-invalid={problem !== null}
                value={shown}
                onChange={(event) => take(event.target.value)}
                onBlur={() => {
                  if (problem === null) setTyped(null);
                }}
              />
              {mode === 'share' ? '%' : 'rows'}
            </span>
          )}
          {mode === 'file' && (
            <Button look="quiet" onClick={() => input.current?.click()}>
              <Icon name="file" />
              Choose
            </Button>
          )}
        </span>
      </div>
      <input
        ref={input}
        className="hidden"
        type="file"
        accept={acceptedFiles}
        tabIndex={-1}
        aria-label={`Choose a ${split} file`}
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = '';
          if (file) void openHeldOut(split, file);
        }}
      />
      {problem !== null && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <FileFacts split={split} />
    </div>
  );
}
