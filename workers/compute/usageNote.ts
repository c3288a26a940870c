import type { Recipe } from '../../src/recipe/schema';

/** For a model card: how to ask the model as training did. */
export function usageNote(recipe: Recipe | null): string {
  const template =
    "The chat template is part of the tokenizer's files: send messages through it, exactly as training did";
  if (!recipe) return `${template}.`;
  const { enable_thinking } = recipe.template;
  const { system_prompt } = recipe.dataset;
  const prompt =
    system_prompt === null ? '' : ` Conversations began with the system message ${JSON.stringify(system_prompt)}.`;
  return (
    'The complete recipe is in `recipe.json`. ' +
    `${template}, with \`enable_thinking=${enable_thinking ? 'True' : 'False'}\` where the template knows it.${prompt}`
  );
}
