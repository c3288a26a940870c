import { useEffect, useId } from 'react';
import type { SpanPreset } from '../../protocol/dataApi';
import { useDataset } from '../../state/datasetStore';
import { useModel } from '../../state/modelStore';
import { labelKey } from '../../state/recipePaths';
import { useRecipe } from '../../state/recipeStore';
import { applyPreset, compare, compareAgain, firstPair, loadSpans, undoPreset, useSpans } from '../../state/spansStore';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';
import { Icon } from '../common/Icon';
import { CompareSpans } from './CompareSpans';

function Preset({ preset }: { preset: SpanPreset }) {
  const id = useId();
  return (
    <li className="span-preset" aria-current={preset.inForce ? 'true' : undefined}>
      <span className="name">
        {preset.name}
        {preset.inForce && (
          <span className="mark in-force">
            <Icon name="check" />
            in force
          </span>
        )}
      </span>
      <span className="says">{preset.description}</span>
      {preset.unavailable !== null && (
        <span id={id} className="says mark warning">
          <Icon name="warning" />
          {preset.unavailable}
        </span>
      )}
      {!preset.inForce && (
        <span className="does">
          <Button
            aria-label={`Use ${preset.name}`}
            unavailable={preset.unavailable}
            reasonId={id}
            onClick={() => applyPreset(preset)}
          >
            Use
          </Button>
        </span>
      )}
    </li>
  );
}

/** Which text is trained: the rules that other programs follow, one click each, and any two compared. */
export function SpanSection() {
  const key = useRecipe((state) => labelKey(state.recipe));
  const version = useDataset((state) => state.version);
  const selected = useDataset((state) => state.selected);
  const tokenizer = useModel((state) => state.tokenizer);
  const presets = useSpans((state) => state.presets);
  const error = useSpans((state) => state.error);
  const pair = useSpans((state) => state.pair);
  const before = useSpans((state) => state.before);
  useEffect(() => {
    if (tokenizer.kind === 'ready') void loadSpans();
  }, [key, version, tokenizer]);
  useEffect(() => {
    void compareAgain();
  }, [selected]);

  const inForce = presets?.find((preset) => preset.inForce);
  const first = presets && firstPair(presets);
  return (
    <section className="section" aria-label="Spans">
      <details>
        <summary>
          <h3>Spans</h3>
          <span className="note">{inForce ? `what ${inForce.name} trains` : presets && 'a rule of your own'}</span>
        </summary>
        {error && <ErrorCard error={error} />}
        {!presets && !error && <p className="note">Fetching the presets…</p>}
        <ul className="span-presets">
          {presets?.map((preset) => (
            <Preset key={preset.id} preset={preset} />
          ))}
        </ul>
        <div className="span-tools">
          {before && (
            <Button look="quiet" onClick={undoPreset}>
              <Icon name="undo" />
              Undo {before.name}
            </Button>
          )}
          <Button
            aria-expanded={pair !== null}
            unavailable={pair === null && !first ? 'Two rules that this model can have are needed' : null}
            onClick={() => compare(pair === null ? first : null)}
          >
            {pair === null ? 'Compare two' : 'Close the comparison'}
          </Button>
        </div>
        {presets && pair && <CompareSpans presets={presets} pair={pair} />}
      </details>
    </section>
  );
}
