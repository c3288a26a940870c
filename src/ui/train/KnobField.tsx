import { useId, useState } from 'react';
import { knobText, parseKnob } from '../../state/knobValues';
import type { Knob } from '../../state/recipeKnobs';
import { sameValue, valueAt } from '../../state/recipePaths';
import { editRecipe, resetRecipe, useRecipe } from '../../state/recipeStore';

/** One knob: what it is, what turning it does, its value, and the way back to the recommended one. */
export function KnobField({ knob, says = knob.says }: { knob: Knob; says?: string }) {
  const { path, label, control, unit, setBy } = knob;
  const fixed = setBy !== undefined;
  const value = useRecipe((state) => valueAt(state.recipe, path));
  const recommended = useRecipe((state) => valueAt(state.recommended, path));
  const id = useId();
  const text = knobText(control, value);
  // What is being typed, and the value it stands for: when the value moves elsewhere (reset, another sample), it is stale.
  const [typed, setTyped] = useState({ text, value, problem: null as string | null });
  const stale = !sameValue(typed.value, value);
  const draft = stale ? text : typed.text;
  const problem = stale ? null : typed.problem;

  const commit = (entered: string): void => {
    const parsed = parseKnob(control, entered);
    const refusal =
      parsed === undefined ? `“${entered}” is not a value for ${label.toLowerCase()}` : editRecipe(path, parsed);
    setTyped({ text: entered, value: refusal === null ? parsed : value, problem: refusal });
  };
  const changed = !sameValue(value, recommended);
  const nullable = 'nullable' in control && control.nullable;
  const shared = { id, disabled: fixed, 'aria-describedby': `${id}-says`, 'aria-invalid': problem !== null };
  const long = control.kind === 'json' || (control.kind === 'text' && control.long === true);
  return (
    <div className={`knob${changed ? ' changed' : ''}${long ? ' wide' : ''}`}>
      <label htmlFor={id} id={`${id}-label`}>
        {label}
      </label>
      <p className="says" id={`${id}-says`}>
        {says}
      </p>
      <div className="field">
        {control.kind === 'switch' ? (
          <input
            {...shared}
            type="checkbox"
            checked={value === true}
            onChange={(event) => commit(String(event.target.checked))}
          />
        ) : control.kind === 'choice' ? (
          <select {...shared} value={draft} onChange={(event) => commit(event.target.value)}>
            {nullable && <option value="">none</option>}
            {control.options.map((option) => (
              <option key={option} value={option}>
                {option.replaceAll('_', ' ')}
              </option>
            ))}
          </select>
        ) : long ? (
          <textarea
            {...shared}
            rows={2}
            value={draft}
            placeholder="none"
            spellCheck={false}
            onChange={(event) => commit(event.target.value)}
          />
        ) : (
          <input
            {...shared}
            type="text"
            inputMode={control.kind === 'number' ? 'decimal' : 'text'}
            value={draft}
            placeholder={nullable ? 'off' : ''}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => commit(event.target.value)}
          />
        )}
        <span className="hint">
          {fixed ? (
            setBy === undefined ? (
              'fixed in this version'
            ) : (
              `set by ${setBy}`
            )
          ) : changed ? (
            <button type="button" className="link" onClick={() => resetRecipe(path)} aria-describedby={`${id}-label`}>
              back to {knobText(control, recommended) || 'off'}
            </button>
          ) : control.kind === 'number' ? (
            unit === undefined ? (
              'recommended'
            ) : (
              `${unit}, recommended`
            )
          ) : null}
        </span>
      </div>
      {problem !== null && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
