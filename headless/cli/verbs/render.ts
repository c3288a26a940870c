import type { RowView } from '../../../src/protocol/rows';
import { openDataset, refuse } from '../dataset';
import { needFile, needModel } from '../input';
import type { OptionsOf } from '../options';
import { readRecipe } from '../recipe';
import { say, Studio } from '../studio';

/** Rows fetched from the page at a time. */
const pageRows = 200;

/** `render`: data → text → tokens → labels, exactly the arrays that training would consume. */
export async function renderVerb(options: OptionsOf<'render'>): Promise<void> {
  const model = needModel(options.model);
  const path = needFile('data', options.data);
  const recipe = readRecipe(options.recipe);
  const choice = options.backend ?? 'auto';
  const studio = await Studio.open(choice);
  try {
    await studio.openDevice(choice);
    await studio.run(({ data }, source) => data.openModel(source), studio.mountModel(model));
    const summary = await openDataset(studio, path, recipe);
    const count = Math.min(summary.rows, options.limit ?? Infinity);
    for (let from = 0; from < count; from += pageRows) {
      const range = { from, count: Math.min(pageRows, count - from) };
      const rows = await studio.run(({ data }, { from, count }) => data.rows(from, count), range);
      await write(rows.map((row) => `${JSON.stringify(publicRow(row))}\n`).join(''));
    }
    if (summary.usableRows === 0) refuse(path, summary);
    if (summary.maskedRows === summary.usableRows) say('warning: data/all-masked: no row has a token to train on');
  } finally {
    await studio.close();
  }
}

/** A row as the contract spells it. */
function publicRow(row: RowView): Record<string, unknown> {
  if (!row.ok) {
    const { code, message, path } = row.error;
    return {
      row: row.row,
      line: row.line,
      ok: false,
      error: { code, message, ...(path === undefined ? {} : { path }) },
    };
  }
  return {
    row: row.row,
    line: row.line,
    ok: true,
    text: row.text,
    input_ids: row.inputIds,
    labels: row.labels,
    truncated: row.truncated,
    warnings: row.warnings.map(({ code, message }) => ({ code, message })),
  };
}

/** Waits for a slow reader, so that a large file is never held whole. */
const write = (text: string): Promise<void> =>
  new Promise((done) => {
    if (process.stdout.write(text)) done();
    else process.stdout.once('drain', done);
  });
