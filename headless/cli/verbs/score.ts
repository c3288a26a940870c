import { wantedDtype } from '../../../src/recipe/wantedDtype';
import { openDataset, refuse } from '../dataset';
import { needAdapter, needFile, needModel } from '../input';
import type { OptionsOf } from '../options';
import { readRecipe } from '../recipe';
import { withModel } from '../withModel';

/** `score`: teacher-forced evaluation of every row, without training. */
export async function scoreVerb(options: OptionsOf<'score'>): Promise<void> {
  const model = needModel(options.model);
  const adapter = options.adapter === undefined ? undefined : needAdapter(options.adapter);
  const path = needFile('data', options.data);
  const recipe = readRecipe(options.recipe);
  await withModel({ model, adapter, backend: options.backend, dtype: wantedDtype(recipe) }, async ({ studio }) => {
    const summary = await openDataset(studio, path, recipe);
    // A loss over no token at all would be 0, as if the model knew everything.
    if (summary.maskedRows === summary.usableRows) refuse(path, summary);
    const argument = { batchSize: recipe.training.per_device_eval_batch_size, useAdapter: adapter !== undefined };
    const result = await studio.run(
      async ({ compute, data }, request) => compute.score({ ...request, examples: await data.examples('all') }),
      argument,
    );
    const { loss, perplexity, token_accuracy, supervised_tokens, rows } = result;
    process.stdout.write(`${JSON.stringify({ loss, perplexity, token_accuracy, supervised_tokens, rows })}\n`);
  });
}
