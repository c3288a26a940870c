/** The sample of broken rows shows every class of problem; each row's problem is the one that it was written for. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { RawRowReader } from '../../formats/jsonl/rawRows';
import { readRow } from '../../formats/jsonl/readRow';
import { TunesmithError, type ErrorRecord } from '../../lib/errors';
import { defaultRecipe } from '../../recipe/schema';
import { errorCodes, warningCodes } from './codes';
import { detectFormat } from './detect';
import { judgeRow } from './judgeRow';

const { dataset } = defaultRecipe();
const bytes = new Uint8Array(readFileSync(new URL('../../../public/samples/broken.jsonl', import.meta.url)));

interface Seen {
  line: number;
  errors: ErrorRecord[];
  warnings: string[];
}

/** What detection looks at: the lines that are valid JSON. */
function parsedRows(): unknown[] {
  const lines = new TextDecoder().decode(bytes).split('\n');
  return lines.flatMap((line): unknown[] => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

function judgeAll(): Seen[] {
  const seen: Seen[] = [];
  const detection = detectFormat(parsedRows(), null, dataset);
  const reader = new RawRowReader((raw) => {
    const { line } = raw;
    try {
      const { value, duplicateKeys } = readRow(raw.bytes, line, 1 << 24);
      const judged = judgeRow(value, { row: seen.length, line }, { dataset, trainOn: 'all_assistant', detection });
      const errors = judged.ok
        ? []
        : ((judged.error.data?.['problems'] as ErrorRecord[] | undefined) ?? [judged.error]);
      const warnings = [...duplicateKeys.map(() => 'data/duplicate-key'), ...judged.warnings.map(({ code }) => code)];
      seen.push({ line, errors, warnings });
    } catch (error) {
      expect(error).toBeInstanceOf(TunesmithError);
      seen.push({ line, errors: [(error as TunesmithError).toRecord()], warnings: [] });
    }
  });
  reader.push(bytes);
  reader.end();
  return seen;
}

it('shows every class of error and warning', () => {
  const rows = judgeAll();
  const errors = new Set(rows.flatMap((row) => row.errors.map(({ code }) => code)));
  const warnings = new Set(rows.flatMap((row) => row.warnings));
  // A row beyond the cap of 16 MiB does not belong into a sample; rawRows.test.ts has it. The other is the recipe's fault.
  const elsewhere = ['data/line-too-long', 'data/bad-messages-template'];
  expect([...errors].sort()).toEqual(errorCodes.filter((code) => !elsewhere.includes(code)).sort());
  expect([...warnings].sort()).toEqual([...warningCodes].sort());
});

it('names each problem with its path and what to do', () => {
  for (const { errors, line } of judgeAll()) {
    for (const { code, message, path } of errors) {
      expect(message, `line ${line}`).toMatch(/^[\w[\].]+( \d+)?(, column \d+)?: .+; .+/);
      if (!['data/invalid-json', 'data/not-utf8', 'data/not-an-object'].includes(code))
        expect(path).toMatch(/^(messages|tools|prompt$)/);
    }
  }
  const byLine = new Map(judgeAll().map((row) => [row.line, row]));
  expect(byLine.get(2)?.errors[0]).toMatchObject({ code: 'data/invalid-json', data: { line: 2, column: 66 } });
  expect(byLine.get(5)?.errors[0]).toMatchObject({ code: 'data/not-utf8', data: { line: 5, byte: 46 } });
  expect(byLine.get(15)?.errors[0]).toMatchObject({ code: 'data/missing-content', path: 'messages[1].content' });
  expect(byLine.get(37)?.errors[0]?.message).toMatch(/^messages: .* JSON.*json\.dumps/);
  expect(byLine.get(38)?.errors[0]).toMatchObject({ code: 'data/missing-column', path: 'prompt' });
  expect(byLine.get(14)?.errors[0]?.message).toContain('dataset.role_map to {"human": "user"}');
});

it('reports every problem of one row', () => {
  const worst = judgeAll().reduce((one, other) => (other.errors.length > one.errors.length ? other : one));
  expect(worst.errors.map(({ path }) => path)).toEqual([
    'messages[0].role',
    'messages[0].content',
    'messages[1]',
    'messages[2].role',
    'messages[2].content',
  ]);
});

it('uses sound rows', () => {
  const sound = judgeAll().filter(({ errors, warnings }) => errors.length === 0 && warnings.length === 0);
  expect(sound.map(({ line }) => line)).toEqual([1, 33, 34, 35]);
});
