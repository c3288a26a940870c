import type { Recipe } from '../../src/recipe/schema';
import { fromErrorRecord, TunesmithError } from '../../src/lib/errors';
import type { DatasetSummary } from '../../src/protocol/rows';
import { say, type Studio } from './studio';

const rowCount = (count: number): string => `${count} ${count === 1 ? 'row' : 'rows'}`;

/** Reads a file through the data worker, and says on standard error what was found. */
export async function openDataset(studio: Studio, path: string, recipe: Recipe): Promise<DatasetSummary> {
  const argument = { file: studio.mountFile(path), recipe };
  const summary = await studio.run(async ({ data, proxy }, { file, recipe }) => {
    const blob = await (await fetch(file.url)).blob();
    return data.openDataset(
      new File([blob], file.name),
      recipe,
      proxy(() => {}),
    );
  }, argument);
  describe(path, summary);
  return summary;
}

/** Reads a separate validation or test file; needs {@link openDataset} first. */
export async function openHeldOut(
  studio: Studio,
  split: 'validation' | 'test',
  path: string,
  recipe: Recipe,
): Promise<DatasetSummary> {
  const argument = { file: studio.mountFile(path), recipe, split };
  const summary = await studio.run(async ({ data, proxy }, { file, recipe, split }) => {
    const blob = await (await fetch(file.url)).blob();
    return data.openHeldOut(
      split,
      new File([blob], file.name),
      recipe,
      proxy(() => {}),
    );
  }, argument);
  if (!summary) throw new TunesmithError('internal/assertion', 'openHeldOut: gave no summary for a file');
  describe(path, summary);
  if (summary.usableRows === 0) refuse(path, summary);
  return summary;
}

/**
 * Refuses data that can't be trained on, and broken rows beyond what the recipe puts up with.
 * @throws TunesmithError `data/…`.
 */
export function needTrainable(path: string, summary: DatasetSummary, recipe: Recipe): void {
  if (summary.blocker) throw fromErrorRecord(summary.blocker);
  if (summary.usableRows === 0) refuse(path, summary);
  const allowed = recipe.dataset.max_rows_in_error;
  if (summary.brokenRows > allowed) {
    const first = summary.problems.find(({ severity }) => severity === 'error');
    throw new TunesmithError(
      'data/rows-in-error',
      `${path}: at most ${allowed} rows may be unusable, got ${summary.brokenRows} of ${summary.rows}` +
        `${first ? ` (first: row ${first.rows[0] ?? 0}, ${first.code}: ${first.message})` : ''}; ` +
        `repair them ("tunesmith render" lists each), or allow them with dataset.max_rows_in_error`,
    );
  }
}

/** Throws the error of a file without a single usable row. */
export function refuse(path: string, summary: DatasetSummary): never {
  if (summary.blocker) throw fromErrorRecord(summary.blocker);
  const classes = summary.problems.map(({ code, count }) => `${code} ×${count}`).join(', ');
  throw new TunesmithError(
    'data/no-usable-row',
    `${path}: at least one row must be usable, got none of ${summary.rows} (${classes}); repair the file`,
  );
}

function describe(path: string, summary: DatasetSummary): void {
  const { rows, usableRows, brokenRows, maskedRows, tokens, trainedTokens, problems } = summary;
  say(
    `data: ${path} · ${summary.format} · ${rowCount(rows)}, ${usableRows} usable, ${brokenRows} unusable, ${maskedRows} with nothing to train · ` +
      `${tokens} tokens, ${trainedTokens} trained`,
  );
  say(`template: ${summary.templateNote} · spans: ${summary.spanNote}`);
  for (const { severity, code, count, message, rows: at } of problems)
    say(`${severity}: ${code}: ${rowCount(count)} (${at.slice(0, 5).join(', ')}${count > 5 ? ', …' : ''}): ${message}`);
}
