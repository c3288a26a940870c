/** The problem report of a data set, for a person or for a program. */
import type { Dataset } from './dataset';

/** Everything that was found, as one JSON document. */
export function jsonReport({ summary, tally }: Dataset): Blob {
  const problems = summary.problems.map(({ severity, code, message, count }) => ({
    severity,
    code,
    message,
    count,
    rows: Array.from(tally.counter.rows(severity, code)),
  }));
  return new Blob([JSON.stringify({ ...summary, problems }, null, 2), '\n'], { type: 'application/json' });
}

/** The same in Markdown; the first hundred rows of each class are named. */
export function markdownReport({ summary, records }: Dataset): Blob {
  const { stats, detection } = summary;
  const lines = [
    `# ${summary.fileName}`,
    '',
    `${summary.kind}${summary.compression ? `, ${summary.compression}` : ''}; read as ${summary.format}: ${detection.reason}`,
    '',
    `- SHA-256 ${summary.dataHash}`,
    `- ${summary.rows} rows: ${summary.usableRows} usable, ${summary.brokenRows} broken, ${summary.droppedRows} dropped, ${summary.maskedRows} with nothing to train`,
    `- ${summary.trainRows} for training, ${summary.validationRows} for validation, ${summary.testRows} for testing`,
    `- ${summary.tokens} tokens, ${summary.trainedTokens} of them trained`,
    `- whole rows have ${stats.lengths.min} to ${stats.lengths.max} tokens, half of them at most ${stats.lengths.median}`,
    `- template: ${summary.templateNote}; trained: ${summary.spanNote}`,
    '',
    summary.problems.length === 0 ? 'No problems found.' : '## Problems',
  ];
  for (const { severity, code, message, count, rows } of summary.problems) {
    const named = rows.map((row) => `${row + 1} (line ${records.line(row)})`).join(', ');
    lines.push('', `### ${severity}: ${code}, ${count} ${count === 1 ? 'row' : 'rows'}`, '', message, '');
    lines.push(`Rows: ${named}${count > rows.length ? `, and ${count - rows.length} more` : ''}`);
  }
  return new Blob([lines.join('\n'), '\n'], { type: 'text/markdown' });
}
