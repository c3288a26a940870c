import { toErrorRecord, type ErrorRecord } from '../../lib/errors';
import type { TemplateReport } from '../../protocol/dataApi';
import type { Recipe } from '../../recipe/schema';
import { inspectTemplate } from '../template/inspectTemplate';
import { transformersJsOpinion } from '../template/secondOpinion';
import type { Dataset } from './dataset';
import { openRunContext, type ModelContext } from './modelContext';

const sampleUnits = 4000;

/**
 * Looks at a template and renders the first row that can be used now, or else the file's first. Never throws because of
 * the template.
 */
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
  const none = { ...report, sample: null, sampleRow: null, sampleError: null };
  if (report.error || !dataset || dataset.summary.rows === 0) return none;
  const [row = 0] = dataset.allRows();
  try {
    const custom: Recipe = { ...recipe, template: { ...recipe.template, source: 'custom', text } };
    const context = { ...openRunContext(model, custom), detection: dataset.detection };
    const { processed } = await dataset.processed(row, context);
    if (!processed.ok) return { ...none, sampleRow: row, sampleError: withPlace(processed.error) };
    return {
      ...none,
      sample: processed.labelled.text.slice(0, sampleUnits),
      sampleRow: row,
      transformersJs: transformersJsOpinion(context.template.template, processed.conversation),
    };
  } catch (cause) {
    return { ...none, error: toErrorRecord(cause) };
  }
}

/** A row's error with its place in the template, where it failed there. */
function withPlace(error: ErrorRecord): ErrorRecord {
  const place = error.data?.['inTemplate'];
  return typeof place === 'object' && place !== null ? { ...error, data: { ...place } } : error;
}
