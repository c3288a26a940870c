import type { ErrorRecord } from '../lib/errors';
import type { Recipe } from './schema';

/** What keys of a recipe demand of each other; every violation at once. */
export function conflictsOf(recipe: Recipe): ErrorRecord[] {
  const { template, loss, training, dataset } = recipe;
  const problems: ErrorRecord[] = [];
  const need = (isMissing: boolean, path: string, rule: string, remedy: string): void => {
    if (isMissing) problems.push({ code: 'recipe/conflict', message: `${path}: ${rule}; ${remedy}`, path });
  };
  need(
    template.source === 'custom' && !template.text,
    'template.text',
    'a Jinja template is needed when template.source is "custom", got nothing',
    'write it, or set template.source to "model"',
  );
  need(
    template.source === 'preset' && !template.preset,
    'template.preset',
    'a name is needed when template.source is "preset", got nothing',
    'write for example "chatml"',
  );
  need(
    loss.span === 'markers' && !loss.begin_marker,
    'loss.begin_marker',
    'a token is needed when loss.span is "markers", got nothing',
    'name one of the tokenizer\u2019s tokens',
  );
  need(
    loss.span === 'markers' && !loss.end_marker,
    'loss.end_marker',
    'a token is needed when loss.span is "markers", got nothing',
    'name one of the tokenizer\u2019s tokens',
  );
  need(
    loss.span === 'response_template' && !loss.response_template,
    'loss.response_template',
    'a text is needed when loss.span is "response_template", got nothing',
    'write what stands before an answer',
  );
  need(
    training.eval_strategy === 'steps' && training.eval_steps === null,
    'training.eval_steps',
    'a number of steps is needed when training.eval_strategy is "steps", got null',
    'write for example 50',
  );
  need(
    training.early_stopping_patience !== null && training.eval_strategy === 'no',
    'training.early_stopping_patience',
    'early stopping needs evaluations, and training.eval_strategy is "no"',
    'set it to "epoch" or "steps", or remove the patience',
  );
  for (const key of ['validation', 'test'] as const) {
    const share = dataset[key];
    need(
      typeof share === 'number' && share > 1 && !Number.isInteger(share),
      `dataset.${key}`,
      `a share below 1, a whole number of rows or a file name is needed, got ${share}`,
      'write for example 0.1 or 50',
    );
  }
  return problems;
}
