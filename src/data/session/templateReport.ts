import { toErrorRecord } from '../../lib/errors';
import type { TemplateReport } from '../../protocol/dataApi';
import type { Recipe } from '../../recipe/schema';
import { inspectTemplate } from '../template/inspectTemplate';
import { transformersJsOpinion } from '../template/secondOpinion';
import type { Dataset } from './dataset';
import { openRunContext, type ModelContext } from './modelContext';

const sampleUnits = 4000;

/** Looks at a template and renders the first row that can be used with it. Never throws because of the template. */
export async function reportTemplate(
  text: string,
  recipe: Recipe,
  model: ModelContext,
  dataset: Dataset | null,
): Promise<TemplateReport> {
  const { enable_thinking, variables } = recipe.template;
  const report = inspectTemplate(text, model.tokenizer, {
    ...model.tokenizer.variables,
    enable_thinking,
    ...variables,
  });
  if (report.error || !dataset) return { ...report, sample: null };
  const [row] = dataset.allRows();
  if (row === undefined) return { ...report, sample: null };
  try {
    const custom: Recipe = { ...recipe, template: { ...recipe.template, source: 'custom', text } };
    const context = { ...openRunContext(model, custom), detection: dataset.detection };
    const { processed } = await dataset.processed(row, context);
    if (!processed.ok) return { ...report, error: processed.error, sample: null };
    return {
      ...report,
      sample: processed.labelled.text.slice(0, sampleUnits),
      transformersJs: transformersJsOpinion(context.template.template, processed.conversation),
    };
  } catch (cause) {
    return { ...report, error: toErrorRecord(cause), sample: null };
  }
}
