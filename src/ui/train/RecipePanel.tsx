import { memo, useId, useState } from 'react';
import { useDataset } from '../../state/datasetStore';
import { parameters, plural } from '../../state/format';
import { heldOutText } from '../../state/heldOutShare';
import { simpleKnobs } from '../../state/knobValues';
import { modelName } from '../../state/modelNames';
import { useModel } from '../../state/modelStore';
import { knobGroups } from '../../state/recipeKnobs';
import { resetRecipe, useRecipe } from '../../state/recipeStore';
import { isActive, useRun } from '../../state/runStore';
import { openModels, setAdvanced, useView } from '../../state/viewStore';
import { Button } from '../common/Button';
import { Segments } from '../common/Segments';
import { RecipeFiles } from '../recipe/RecipeFiles';
import { KnobField } from './KnobField';

/** The fifth simple knob: the model in the page, and the way to others. */
function ModelKnob() {
  const source = useModel((state) => state.source);
  const weights = useModel((state) => state.weights);
  const saysId = useId();
  return (
    <div className="knob">
      <span className="label">Model</span>
      <p className="says" id={saysId}>
        {weights.kind === 'ready'
          ? `${modelName(source)}: ${parameters(weights.facts.parameters)} parameters, ${weights.facts.layers} layers, kept as ${weights.facts.weightDtype}.`
          : 'The model that is tuned.'}
      </p>
      <div className="field">
        <Button aria-label="Choose a model" aria-describedby={saysId} aria-haspopup="dialog" onClick={openModels}>
          Choose…
        </Button>
      </div>
    </div>
  );
}

/** The five knobs, or all of them. */
const Knobs = memo(function Knobs({ advanced, changed }: { advanced: boolean; changed: string[] }) {
  if (!advanced) {
    return (
      <div className="knobs">
        <ModelKnob />
        {simpleKnobs.map((knob) => (
          <KnobField key={knob.path} knob={knob} />
        ))}
      </div>
    );
  }
  return knobGroups.map((group) => (
    <details key={group.title} className="group" open={group.title === 'Learning'}>
      <summary>
        {group.title}
        <GroupChanges paths={group.knobs.map((knob) => knob.path)} changed={changed} />
      </summary>
      <div className="knobs">
        {group.title === 'Model' && <ModelKnob />}
        {group.knobs.map((knob) => (
          <KnobField key={knob.path} knob={knob} />
        ))}
      </div>
    </details>
  ));
});

/** What of the data is held out, once there are rows. */
function HeldOut() {
  const status = useDataset((state) => state.status);
  const recipe = useRecipe((state) => state.recipe);
  return status.kind === 'ready' && status.summary.usableRows > 0 ? (
    <p className="note">{heldOutText(status.summary, recipe)}</p>
  ) : null;
}

/** The recipe; folded while a run is under way, because changes count from the next one. */
export function RecipePanel() {
  const advanced = useView((state) => state.advanced);
  const changed = useRecipe((state) => state.changed);
  const active = useRun((state) => isActive(state.status));
  const known = useModel((state) => state.weights.kind === 'ready');
  const [unfolded, setUnfolded] = useState(false);
  const hidden = active && !unfolded;
  return (
    <section className="section ruled" aria-label="Recipe">
      <h3>
        Recipe
        <span className="aside">
          {active ? (
            <Button look="quiet" aria-expanded={unfolded} onClick={() => setUnfolded(!unfolded)}>
              {unfolded ? 'Hide' : 'Show'}
            </Button>
          ) : (
            <Segments
              label="Recipe view"
              value={advanced ? 'advanced' : 'simple'}
              options={[
                { value: 'simple', label: 'Simple' },
                { value: 'advanced', label: 'Advanced' },
              ]}
              onChange={(value) => setAdvanced(value === 'advanced')}
            />
          )}
        </span>
      </h3>
      <p className="note">
        {active ? 'Changes count from the next run. ' : ''}
        {changed.length === 0 ? (
          known ? (
            'As recommended for this model and this data.'
          ) : (
            'The recommended values; a model brings its own.'
          )
        ) : (
          <>
            {plural(changed.length, 'knob')} changed from the recommended values.{' '}
            <Button look="quiet" onClick={() => resetRecipe()}>
              Reset all
            </Button>
          </>
        )}
      </p>
      {!hidden && <HeldOut />}
      <div className="knob-list" hidden={hidden}>
        <Knobs advanced={advanced} changed={changed} />
      </div>
      <RecipeFiles />
    </section>
  );
}

function GroupChanges({ paths, changed }: { paths: string[]; changed: string[] }) {
  const own = changed.filter((path) => paths.includes(path)).length;
  return own === 0 ? null : <span className="note">{own} changed</span>;
}
