/**
 * The data worker in memory, for tests of the page's own logic: words for tokens, ChatML for a template, one JSON
 * conversation a line. It judges three classes of problems, applies fixes, filters and whole-turn weights, and counts.
 */
import { TunesmithError } from '../../lib/errors';
import type { Message } from '../../protocol/conversation';
import type { DataApi, RenderedPrompt } from '../../protocol/dataApi';
import type { DatasetEdit } from '../../protocol/edits';
import type { DatasetSummary, ProblemClass, RowView, UsableRow } from '../../protocol/rows';
import { defaultRecipe, type Recipe } from '../../recipe/schema';
import { summary } from './facts';

const vocabulary = new Map<string, number>([
  ['<|im_start|>', 1],
  ['<|im_end|>', 2],
]);
const idOf = (piece: string): number => {
  const id = vocabulary.get(piece) ?? vocabulary.size + 1;
  vocabulary.set(piece, id);
  return id;
};

function encode(text: string): RenderedPrompt {
  const inputIds: number[] = [];
  const offsets: number[] = [];
  for (const match of text.matchAll(/<\|im_start\|>|<\|im_end\|>|\s?[^\s<]+|\s|</g)) {
    inputIds.push(idOf(match[0]));
    offsets.push(match.index, match.index + match[0].length);
  }
  return { text, inputIds, offsets, specialIds: [1, 2] };
}

const contentOf = (message: Message): string => message.content as string;

function renderRow(messages: Message[], row: number, recipe: Recipe): UsableRow {
  let text = '';
  const turns = messages.map((message, index) => {
    const { role } = message;
    const start = text.length;
    text += `<|im_start|>${role}\n${contentOf(message)}<|im_end|>\n`;
    return { message: index, role, start, end: text.length, body: start + `<|im_start|>${role}\n`.length };
  });
  const { inputIds, offsets } = encode(text);
  const labels = inputIds.map((id, index) => {
    const at = offsets[2 * index] ?? 0;
    const turn = turns.find((one) => at >= one.start && at < one.end);
    const isAnswer = turn?.role === 'assistant' && at >= turn.body;
    return isAnswer && messages[turn.message]?.weight !== 0 ? id : -100;
  });
  const limit = recipe.training.max_length;
  const isCut = inputIds.length > limit;
  return {
    ok: true,
    row,
    line: row + 1,
    text,
    inputIds: inputIds.slice(0, limit),
    labels: labels.slice(0, limit),
    offsets: offsets.slice(0, 2 * limit),
    turns: turns.map(({ message, role, start, end }) => ({ message, role, start, end })),
    fit: isCut ? 'answer_cut' : 'fits',
    truncated: isCut,
    warnings: messages.some((message) => contentOf(message) !== contentOf(message).trim())
      ? [{ code: 'data/outer-space', message: 'white space around the text of a turn' }]
      : [],
    split: 'train',
    dropped: false,
    edited: false,
    contents: turns.map(({ message, body, end }) => ({
      message,
      start: body,
      end: end - '<|im_end|>\n'.length,
      contentStart: 0,
    })),
    placesNote: null,
  };
}

const problemOf = (row: RowView): { code: string; severity: 'error' | 'warning'; message: string } | null => {
  if (!row.ok) return { ...row.error, severity: 'error' };
  const [warning] = row.warnings;
  return warning ? { ...warning, severity: 'warning' } : null;
};

const fixesOf = (code: string): ProblemClass['fixes'] => {
  if (code === 'data/outer-space') return [{ kind: 'edit', label: 'Trim white space', fix: 'trim' }];
  const drop = { kind: 'edit', label: 'Leave these rows out', fix: 'drop_row' } as const;
  if (code !== 'data/unknown-role') return [drop];
  const path = 'dataset.role_map';
  return [{ kind: 'recipe', label: 'Read “bot” as assistant', path, value: { bot: 'assistant' } }, drop];
};

/** A row of the file under a recipe and edits, as the worker gives it. */
function readRow(line: string, row: number, recipe: Recipe, edits: DatasetEdit[]): RowView {
  const broken = (code: string, message: string): RowView => ({
    ok: false,
    row,
    line: row + 1,
    error: { code, message },
    source: line,
    dropped: false,
  });
  const read = (messages: Message[]): RowView => {
    const odd = messages.find(({ role }) => !['system', 'user', 'assistant'].includes(role));
    return odd
      ? broken('data/unknown-role', `line ${row + 1}: a known role is needed, got "${odd.role}"; map it`)
      : renderRow(messages, row, recipe);
  };
  let messages: Message[];
  try {
    const roles = recipe.dataset.role_map;
    messages = (JSON.parse(line) as { messages: Message[] }).messages.map((message) => ({
      ...message,
      role: roles[message.role] ?? message.role,
    }));
  } catch (error) {
    const view = broken('data/bad-json', `line ${row + 1}: must be JSON, got ${String(error)}; fix the line`);
    const isDropped = edits.some(
      (edit) => edit.kind === 'fix' && edit.fix === 'drop_row' && edit.code === 'data/bad-json',
    );
    return { ...view, dropped: isDropped };
  }
  let view = read(messages);
  for (const edit of edits) {
    if (edit.kind === 'length') {
      const tokens = view.ok ? view.inputIds.length : 0;
      if (tokens < (edit.min ?? 0) || tokens > (edit.max ?? Infinity)) view = { ...view, dropped: true };
    } else if (edit.kind === 'weight') {
      if (edit.row !== row) continue;
      messages = messages.map((one, index) => (index === edit.message ? { ...one, weight: edit.weight } : one));
      view = { ...read(messages), dropped: view.dropped };
    } else if (edit.rows?.includes(row) ?? problemOf(view)?.code === edit.code) {
      if (edit.fix === 'drop_row') view = { ...view, dropped: true };
      if (edit.fix === 'trim') {
        messages = messages.map((one) => ({ ...one, content: contentOf(one).trim() }));
        view = { ...read(messages), dropped: view.dropped };
      }
    } else continue;
    if (view.ok) view = { ...view, edited: true };
  }
  return view;
}

function judged(name: string, rows: RowView[], recipe: Recipe): DatasetSummary {
  const kept = rows.filter((row) => !row.dropped);
  const usable = kept.filter((row) => row.ok);
  const brokenRows = kept.length - usable.length;
  const labels = usable.flatMap((row) => row.labels);
  const problems: ProblemClass[] = [];
  for (const row of kept) {
    const problem = problemOf(row);
    if (!problem) continue;
    const known = problems.find((one) => one.code === problem.code);
    if (known) {
      known.count += 1;
      known.rows.push(row.row);
    } else problems.push({ ...problem, count: 1, rows: [row.row], fixes: fixesOf(problem.code) });
  }
  const isBlocked = brokenRows > recipe.dataset.max_rows_in_error;
  return summary({
    fileName: name,
    dataHash: `hash of ${name}`,
    rows: rows.length,
    usableRows: usable.length,
    brokenRows,
    droppedRows: rows.length - kept.length,
    editedRows: rows.filter((row) => row.ok && row.edited).length,
    tokens: labels.length,
    trainedTokens: labels.filter((label) => label >= 0).length,
    trainRows: usable.length,
    validationRows: 0,
    templateNote: 'The model’s own ChatML template.',
    spanNote: 'Answer and its end of turn, as TRL trains them.',
    problems,
    blocker: isBlocked ? { code: 'data/rows-in-error', message: `${name}: has broken rows; allow them` } : null,
  });
}

/** The faked worker. `calls` counts the orders it got, by verb. */
export function fakeData(calls: Record<string, number> = {}): DataApi {
  let lines: string[] = [];
  let name = '';
  let recipe = defaultRecipe();
  let edits: DatasetEdit[] = [];
  let rows: RowView[] = [];
  const judge = (): Promise<DatasetSummary> => {
    rows = lines.map((line, row) => readRow(line, row, recipe, edits));
    return Promise.resolve(judged(name, rows, recipe));
  };
  const called = (verb: string): void => {
    calls[verb] = (calls[verb] ?? 0) + 1;
  };
  const notFaked = (): Promise<never> => Promise.reject(new Error('not faked'));
  return {
    setHubToken: () => Promise.resolve(),
    openModel: () =>
      Promise.resolve({
        vocabSize: 4096,
        hasChatTemplate: true,
        templateFamily: 'chatml',
        eosToken: '<|im_end|>',
        padToken: null,
        specialTokens: [
          { id: 1, text: '<|im_start|>' },
          { id: 2, text: '<|im_end|>' },
        ],
      }),
    openDataset: async (file, under, onProgress, made = []) => {
      called('openDataset');
      name = file.name;
      recipe = under;
      edits = made;
      onProgress({ phase: 'read', doneBytes: 0, totalBytes: file.size, rows: 0 });
      lines = (await file.text()).trim().split('\n');
      return judge();
    },
    openHeldOut: async (_, file, under) => {
      called('openHeldOut');
      if (!file) return null;
      const held = (await file.text()).trim().split('\n');
      if (held.length === 1 && held[0] === '') throw new TunesmithError('data/empty-file', `${file.name}: has no rows`);
      const views = held.map((line, row) => readRow(line, row, under, []));
      return judged(file.name, views, under);
    },
    relabel: (under) => {
      called('relabel');
      recipe = under;
      return judge();
    },
    setEdits: (made) => {
      called('setEdits');
      const beyond = made.find((edit) => edit.kind === 'weight' && edit.row >= lines.length);
      if (beyond) return Promise.reject(new TunesmithError('data/no-such-row', 'edits: a row of the file is needed'));
      edits = made;
      return judge();
    },
    cancel: () => Promise.resolve(),
    rows: (from, count) => {
      called('rows');
      return Promise.resolve(rows.slice(from, from + count));
    },
    problemRows: (severity, code, from, count) =>
      Promise.resolve(
        rows
          .filter((row) => !row.dropped && problemOf(row)?.severity === severity && problemOf(row)?.code === code)
          .map(({ row }) => row)
          .slice(from, from + count),
      ),
    rowsWhere: (what, from, count) =>
      Promise.resolve(
        rows
          .filter((row) =>
            what === 'dropped' ? row.dropped : row.ok && (what === 'edited' ? row.edited : row.split === what),
          )
          .map(({ row }) => row)
          .slice(from, from + count),
      ),
    lengths: () => {
      const whole = Int32Array.from(rows.flatMap((row) => (row.ok && !row.dropped ? [row.inputIds.length] : [])));
      return Promise.resolve({ whole, needed: whole.map((length) => length - 1) });
    },
    examples: () =>
      Promise.resolve({
        inputIds: new Int32Array(),
        labels: new Int32Array(),
        offsets: new Uint32Array(1),
        rows: new Uint32Array(),
      }),
    runRows: () => {
      const usable = rows.flatMap((row) => (row.ok && !row.dropped ? [row] : []));
      const tokens = Uint32Array.from(usable, ({ inputIds }) => inputIds.length);
      const supervised = Uint32Array.from(usable, ({ labels }) => labels.filter((label) => label >= 0).length);
      return Promise.resolve({ train: { tokens, supervised }, validation: null });
    },
    samplePrompts: (count) =>
      Promise.resolve(
        [
          { row: 0, prompt: 'What do you feed a glimfox?', promptIds: [1], expected: 'A glimfox eats moonberries.' },
        ].slice(0, count),
      ),
    samplePool: () => Promise.resolve([]),
    previewRow: (row, under) => Promise.resolve(readRow(lines[row] ?? '', row, under, edits)),
    previewEffect: notFaked,
    spanPresets: notFaked,
    templateSource: notFaked,
    inspectTemplate: notFaked,
    report: (format) => Promise.resolve(new Blob([format === 'json' ? '{}' : `# ${name}`])),
    brokenRowsFile: () =>
      Promise.resolve(new Blob(rows.flatMap((row) => (row.ok ? [] : [JSON.stringify({ source: row.source }), '\n'])))),
    editedFile: () =>
      Promise.resolve(new Blob(rows.flatMap((row) => (row.ok && !row.dropped ? [row.text, '\n'] : [])))),
    renderPrompt: (messages) =>
      Promise.resolve(
        encode(
          `${messages.map((one) => `<|im_start|>${one.role}\n${contentOf(one)}<|im_end|>\n`).join('')}<|im_start|>assistant\n`,
        ),
      ),
    encode: (text) => Promise.resolve(encode(text)),
    tokenTexts: (ids) => Promise.resolve(ids.map(String)),
  };
}
