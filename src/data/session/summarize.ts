import type { DatasetSummary } from '../../protocol/rows';
import type { ProblemFix } from '../../protocol/edits';
import { packRows } from '../../recipe/packing';
import type { Recipe } from '../../recipe/schema';
import { fixesFor } from '../edits/fixes';
import type { ClassSample } from './blockResult';
import type { Dataset } from './dataset';
import type { Records } from './records';
import { blockerOf, mostlyMasked } from './verdict';

/** What the page and the command line are told of a data set. */
export function summarize({ opened, context, facts, tally, records }: Dataset): DatasetSummary {
  const { recipe, detection, template, spanNote } = context;
  const { counter, split } = tally;
  const inUse = { ...tally, rows: tally.rows - tally.droppedRows };
  const remark = mostlyMasked(tally);
  if (remark) counter.add({ severity: 'warning', ...remark }, 0);
  // Remarks about the file as a whole are shown at its first row.
  for (const { code, message } of facts.remarks) counter.add({ severity: 'warning', code, message }, 0);
  return {
    datasetId: `${opened.file.name}-${facts.dataHash.slice(0, 12)}`,
    fileName: opened.file.name,
    sizeBytes: opened.file.size,
    kind: opened.rows.kind,
    compression: opened.rows.compression,
    detection,
    columns: opened.columns,
    format: tally.formats.length > 0 ? tally.formats.join(' + ') : detection.format,
    rows: tally.rows,
    usableRows: tally.usableRows,
    brokenRows: tally.brokenRows,
    droppedRows: tally.droppedRows,
    editedRows: tally.editedRows,
    maskedRows: tally.maskedRows,
    tokens: tally.tokens,
    trainedTokens: tally.trainedTokens,
    longestTokens: tally.longestTokens,
    roles: tally.roles,
    stats: tally.stats,
    problems: counter.classes((sample) => fixesOf(sample, recipe, tally.longestNeeded)),
    templateNote: template.note,
    spanNote,
    trainRows: split.train.length,
    validationRows: split.validation.length,
    testRows: split.test.length,
    ...packCount(records, split.train, recipe),
    dataHash: facts.dataHash,
    fromCache: facts.fromCache,
    blocker: blockerOf(inUse, recipe),
  };
}

function fixesOf(sample: ClassSample, { dataset }: Recipe, longestNeeded: number): ProblemFix[] {
  return fixesFor(sample.severity, sample.code, {
    samples: [sample],
    roleMap: dataset.role_map,
    neededLength: longestNeeded > 0 ? longestNeeded : null,
  });
}

/** Packing 100,000 rows takes half a second: above this many rows only those who pack wait for it. */
const quicklyPacked = 20_000;

function packCount(records: Records, rows: Uint32Array, { training }: Recipe): { trainPacks?: number } {
  if (!training.packing && rows.length > quicklyPacked) return {};
  const lengths = Uint32Array.from(rows, (row) => records.ids(row).length);
  return { trainPacks: packRows(lengths, training.max_length).length };
}
