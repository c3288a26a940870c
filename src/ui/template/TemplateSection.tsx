import { useEffect, useId, useState } from 'react';
import { templatePresets } from '../../recipe/schema';
import { useDataset } from '../../state/datasetStore';
import { useModel } from '../../state/modelStore';
import { labelKey } from '../../state/recipePaths';
import { editRecipe, useRecipe } from '../../state/recipeStore';
import { chooseTemplate, loadTemplate, setEditing, undoTemplate, useTemplate } from '../../state/templateStore';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';
import { Icon } from '../common/Icon';
import { latePart } from '../common/latePart';
import { Segments } from '../common/Segments';
import { MissingTokens } from './MissingTokens';

/** With the code of a text editor, which is fetched when it is first opened. */
const TemplateEditor = latePart('the editor', async () => (await import('./TemplateEditor')).TemplateEditor);

const presetNames: Record<(typeof templatePresets)[number], string> = {
  chatml: 'ChatML',
  alpaca: 'Alpaca',
  'simple-delimiters': 'Simple delimiters',
  'human-assistant': 'Human / assistant',
  llama3: 'Llama 3',
  zephyr: 'Zephyr',
  phi3: 'Phi-3',
  mistral: 'Mistral',
};

/** Free values for the template, as JSON; taken when the typing is done. */
function Variables() {
  const variables = useRecipe((state) => state.recipe.template.variables);
  const [typed, setTyped] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  const take = (): void => {
    if (typed === null) return;
    try {
      const value: unknown = typed.trim() === '' ? {} : JSON.parse(typed);
      const refusal = editRecipe('template.variables', value);
      setProblem(refusal);
      if (refusal === null) setTyped(null);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <div className="template-variables">
      <label htmlFor={id}>Template data</label>
      <textarea
        id={id}
        className="mono"
        rows={2}
        spellCheck={false}
        value={typed ?? JSON.stringify(variables)}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-says`}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={take}
      />
      <p id={`${id}-says`} className={problem === null ? 'note' : 'mark error'}>
        {problem ?? 'One JSON object; the template reads its keys by name.'}
      </p>
    </div>
  );
}

function Thinking() {
  const thinks = useRecipe((state) => state.recipe.template.enable_thinking);
  return (
    <div className="template-thinking">
      <Segments
        label="Thinking"
        value={thinks ? 'thinks' : 'direct'}
        options={[
          { value: 'direct', label: 'Answers directly' },
          { value: 'thinks', label: 'Thinks first' },
        ]}
        onChange={(value) => editRecipe('template.enable_thinking', value === 'thinks')}
      />
      <span className="note">The same in training, preview, chat and export.</span>
    </div>
  );
}

/** Whose template turns a conversation into text, and an editor for it. */
export function TemplateSection() {
  const recipe = useRecipe((state) => state.recipe);
  const version = useDataset((state) => state.version);
  const tokenizer = useModel((state) => state.tokenizer);
  const source = useTemplate((state) => state.source);
  const report = useTemplate((state) => state.report);
  const error = useTemplate((state) => state.error);
  const isEditing = useTemplate((state) => state.isEditing);
  const hasBefore = useTemplate((state) => state.before !== null);
  const [isOpen, setOpen] = useState(isEditing);
  const key = labelKey(recipe);
  useEffect(() => {
    if (tokenizer.kind === 'ready') void loadTemplate();
  }, [key, version, tokenizer]);

  const { template } = recipe;
  const choice = template.source === 'preset' ? (template.preset ?? 'model') : template.source;
  const readsThinking = /\benable_thinking\b/.test(source?.text ?? '');
  return (
    <section className="section ruled" aria-label="Template">
      <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <h3>Template</h3>
          <span className="note">
            {source?.origin}
            {report?.family && !source?.origin.includes(report.family) && ` (${report.family} family)`}
          </span>
        </summary>
        <div className="template-body">
          <div className="template-head">
            <select
              aria-label="Whose template"
              value={choice}
              onChange={(event) => void chooseTemplate(event.target.value as Parameters<typeof chooseTemplate>[0])}
            >
              <option value="model">The model’s own</option>
              {templatePresets.map((preset) => (
                <option key={preset} value={preset}>
                  {presetNames[preset]}
                </option>
              ))}
              <option value="custom">Custom</option>
            </select>
            <Button aria-expanded={isEditing} onClick={() => setEditing(!isEditing)}>
              {isEditing ? 'Close the editor' : 'Edit'}
            </Button>
            {template.source !== 'model' && (
              <Button onClick={() => void chooseTemplate('model')}>Back to the model’s own</Button>
            )}
            {hasBefore && (
              <Button look="quiet" onClick={undoTemplate}>
                <Icon name="undo" />
                Undo
              </Button>
            )}
          </div>
          {error && <ErrorCard error={error} />}
          {report && !isEditing && <MissingTokens report={report} />}
          {readsThinking && <Thinking />}
          {isOpen && isEditing && (
            <>
              {(source !== null || !error) && <TemplateEditor />}
              <Variables />
            </>
          )}
        </div>
      </details>
    </section>
  );
}
