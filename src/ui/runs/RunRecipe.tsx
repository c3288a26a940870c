import { useMemo, useState } from 'react';
import type { KeptRun } from '../../protocol/run';
import { recipeText, saveRecipe } from '../../state/recipeFiles';
import { runName } from '../../state/runs/runWords';
import { Button } from '../common/Button';
import { CopyButton } from '../common/CopyButton';
import { Icon } from '../common/Icon';
import { Segments } from '../common/Segments';

type Format = 'json' | 'toml';

/** A run's recipe as a file: shown, copied, saved. */
export function RunRecipe({ run }: { run: KeptRun }) {
  const { recipe } = run.record;
  const name = runName(run);
  const [format, setFormat] = useState<Format>('json');
  const text = useMemo(() => recipeText(recipe, format), [recipe, format]);
  return (
    <details className="run-recipe">
      <summary>Recipe</summary>
      <div className="run-recipe-tools">
        <Segments
          label={`Format of the recipe of ${name}`}
          value={format}
          options={[
            { value: 'json', label: 'JSON' },
            { value: 'toml', label: 'TOML' },
          ]}
          onChange={setFormat}
        />
        <CopyButton text={text} what="the recipe" />
        <Button look="quiet" aria-label={`Save the recipe of ${name}`} onClick={() => saveRecipe(format, recipe, name)}>
          <Icon name="download" />
          Save
        </Button>
      </div>
      <pre tabIndex={0} aria-label={`Recipe of ${name}`}>
        {text}
      </pre>
    </details>
  );
}
