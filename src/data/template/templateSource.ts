import { TunesmithError } from '../../lib/errors';
import type { Recipe } from '../../recipe/schema';
import { templatePreset } from './presets/presets';

/** The text that a recipe's template settings name, and where it comes from. Throws `recipe/missing-template`, `recipe/missing-preset` or `template/missing`. */
export function templateSource(
  model: { chatTemplate: string | null },
  template: Recipe['template'],
): { source: string; origin: string } {
  switch (template.source) {
    case 'custom':
      if (template.text === null)
        throw new TunesmithError(
          'recipe/missing-template',
          'template.text: a Jinja template is needed when template.source is "custom", got nothing; write it or use "model"',
          { path: 'template.text' },
        );
      return { source: template.text, origin: 'the recipe\u2019s own template' };
    case 'preset':
      return presetSource(template.preset);
    case 'model':
      if (model.chatTemplate === null)
        throw new TunesmithError(
          'template/missing',
          'template.source: this model has no chat template; set template.source to "preset" and template.preset to "chatml"',
          { path: 'template.source' },
        );
      return { source: model.chatTemplate, origin: 'the model\u2019s own template' };
  }
}

/** The text of a preset. Throws `recipe/missing-preset`. */
export function presetSource(name: Recipe['template']['preset']): { source: string; origin: string } {
  if (name === null)
    throw new TunesmithError(
      'recipe/missing-preset',
      'template.preset: a preset is needed when template.source is "preset", got nothing; name one, for example "chatml"',
      { path: 'template.preset' },
    );
  const { source, title } = templatePreset(name);
  return { source, origin: `the ${title} preset` };
}
