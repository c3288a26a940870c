import type { RecipeInput } from '../../recipe/schema';
import { createMemoryScratch } from '../ingest/memoryScratch';
import { openRows } from '../ingest/openRows';
import { processHere } from '../session/blockProcessor';
import { Dataset, type OpenedFile } from '../session/dataset';
import { detect, lookAt } from '../session/recognise';
import { qwenContext } from './contexts';

/** A file under Qwen2.5's tokenizer and a recipe, processed in this thread. */
export async function openData(
  content: BlobPart[],
  input: RecipeInput = {},
  isCancelled: () => boolean = () => false,
  name = 'data.jsonl',
): Promise<Dataset> {
  const file = new File(content, name);
  const rows = await openRows(file, createMemoryScratch);
  const recognised = await lookAt(rows);
  const opened: OpenedFile = { file, rows, columns: recognised.columns, formatErrors: new Map() };
  const run = qwenContext(input);
  const context = { ...run, detection: detect(recognised, run.recipe) };
  const processor = await processHere({ recipe: run.recipe, detection: context.detection }, context, file.size);
  return Dataset.read(opened, context, { processor, onProgress: () => undefined, isCancelled });
}

/** Rows as JSON lines; texts stand as they are. */
export const jsonLines = (...rows: unknown[]): BlobPart[] => [
  rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'),
];
