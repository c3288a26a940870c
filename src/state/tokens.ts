/** Rows and prompts as cells to draw: one per token, cut out of the text the model saw. Pure. */
import { ignoreLabel } from '../protocol/example';
import type { RowView, TurnSpan, UsableRow } from '../protocol/rows';

export interface TokenCell {
  index: number;
  id: number;
  /** The part of the text that this token adds; empty for a later byte of a character another token has shown. */
  text: string;
  special: boolean;
  trained: boolean;
  /** What the model learns to say after this token, or null where it learns nothing (the loss shifts by one). */
  learnsNext: string | null;
  /** Id of that token, or null. */
  learnsNextId: number | null;
}

export interface TurnCells {
  role: string;
  /** Index of the message in the row; null for what the template wrote by itself, and in prompts. */
  message: number | null;
  cells: TokenCell[];
}

type TokenColumns = Pick<UsableRow, 'text' | 'inputIds' | 'offsets'> & { labels?: number[] };

/**
 * Cells of a row, or of a prompt (no labels: nothing trained). Byte-level tokens may share a character: the first one
 * shows it, the rest are empty; and text that no token claims (leading white space that a tokenizer swallowed) goes to
 * the token after it, so that the cells joined are the text.
 */
export function tokenCells(row: TokenColumns, specialIds: ReadonlySet<number>): TokenCell[] {
  const cells: TokenCell[] = [];
  let shown = 0;
  for (const [index, id] of row.inputIds.entries()) {
    const end = Math.max(shown, row.offsets[2 * index + 1] ?? shown);
    const label = row.labels?.[index] ?? ignoreLabel;
    cells.push({
      index,
      id,
      text: row.text.slice(shown, end),
      special: specialIds.has(id),
      trained: label !== ignoreLabel,
      learnsNext: null,
      learnsNextId: null,
    });
    shown = end;
  }
  for (const cell of cells) {
    const next = cells[cell.index + 1];
    if (!next?.trained) continue;
    cell.learnsNext = next.text;
    cell.learnsNextId = next.id;
  }
  return cells;
}

/** Cells grouped by the turn that their text belongs to; what lies between turns joins the turn before it. */
export function turnCells(cells: TokenCell[], offsets: number[], turns: TurnSpan[]): TurnCells[] {
  const groups: TurnCells[] = [];
  let turn = -1;
  for (const cell of cells) {
    const start = offsets[2 * cell.index] ?? 0;
    let moved = groups.length === 0;
    for (let next = turns[turn + 1]; next && start >= next.start; next = turns[turn + 1]) {
      turn += 1;
      moved = true;
    }
    if (moved) {
      const span = turns[turn];
      groups.push({ role: span?.role ?? '', message: span && span.message >= 0 ? span.message : null, cells: [] });
    }
    groups.at(-1)?.cells.push(cell);
  }
  return groups;
}

/** Some tokens of a turn, drawn together as a block of lines. */
export interface TokenChunk {
  /** Index into the turns. */
  turn: number;
  cells: TokenCell[];
  /** Ends in the middle of a line, because the line is too long for one block. */
  isCut: boolean;
}

/**
 * Turns in blocks, so that a browser lays out and paints only those in sight. A block ends where a line ends, once it
 * has `least` tokens; a line that goes on is cut at `most`.
 */
export function chunkTurns(turns: readonly TurnCells[], least = 150, most = 700): TokenChunk[] {
  const chunks: TokenChunk[] = [];
  for (const [turn, { cells }] of turns.entries()) {
    for (let start = 0; start < cells.length;) {
      let end = Math.min(start + least, cells.length);
      while (end < cells.length && end - start < most && cells[end - 1]?.text.endsWith('\n') !== true) end++;
      const isCut = end < cells.length && cells[end - 1]?.text.endsWith('\n') !== true;
      chunks.push({ turn, cells: cells.slice(start, end), isCut });
      start = end;
    }
  }
  return chunks;
}

/** How many of the chunks are drawn after those drawn: about `tokens` more, at least one. */
export function nextDrawn(chunks: readonly TokenChunk[], drawn: number, tokens: number): number {
  let next = drawn;
  for (let total = 0; next < chunks.length && (next === drawn || total < tokens); next++)
    total += chunks[next]?.cells.length ?? 0;
  return next;
}

export interface Snippet {
  role: string;
  parts: { text: string; trained: boolean }[];
}

/** What a turn says, without what the template puts around it, where the row tells the place of its content. */
export function contentOf(turn: TurnCells, { contents, offsets }: Pick<UsableRow, 'contents' | 'offsets'>): TurnCells {
  const place = contents.find(({ message }) => message === turn.message);
  if (!place) return turn;
  const isInside = ({ index }: TokenCell): boolean =>
    (offsets[2 * index + 1] ?? 0) > place.start && (offsets[2 * index] ?? 0) < place.end;
  return { ...turn, role: '', cells: turn.cells.filter(isInside) };
}

/**
 * Whether a turn is trained whole, in part or not at all. Its content decides, where its place is known; else a turn
 * counts as trained whose trained tokens stand together, since its header never is.
 */
export function turnState(
  turn: TurnCells,
  row: Pick<UsableRow, 'contents' | 'offsets'>,
): 'trained' | 'in part' | 'masked' {
  const trainedOf = (cells: readonly TokenCell[]): number => cells.filter((cell) => cell.trained).length;
  const all = trainedOf(turn.cells);
  if (all === 0) return 'masked';
  const { cells } = contentOf(turn, row);
  if (cells !== turn.cells && cells.length > 0) return trainedOf(cells) === cells.length ? 'trained' : 'in part';
  const first = turn.cells.findIndex((cell) => cell.trained);
  const last = turn.cells.findLastIndex((cell) => cell.trained);
  return last - first + 1 === all ? 'trained' : 'in part';
}

/** A turn in one line for a list: without special tokens, role header and line breaks, at most `limit` characters. */
export function snippet(turn: TurnCells, limit: number): Snippet {
  const parts: Snippet['parts'] = [];
  let header = turn.role;
  let left = limit;
  for (const cell of turn.cells) {
    if (cell.special || left <= 0) continue;
    let text = cell.text;
    if (header !== '') {
      // "assistant\n" may be one token or several; it is the template's, not the turn's.
      const piece = text.trim();
      if (piece === '' || header.startsWith(piece)) {
        header = header.slice(piece.length);
        continue;
      }
      header = '';
    }
    if (parts.length === 0) text = text.trimStart();
    text = text.replace(/\s+/g, ' ').slice(0, left);
    left -= text.length;
    const last = parts.at(-1);
    if (last?.trained === cell.trained) last.text += text;
    else if (text !== '') parts.push({ text, trained: cell.trained });
  }
  return { role: turn.role, parts };
}

/** Longer questions make poor buttons. */
const questionLimit = 120;

/** Opening questions of the first rows, to ask as they stand: at most `limit`, each once, none cut. */
export function rowQuestions(rows: RowView[], specialIds: ReadonlySet<number>, limit: number): string[] {
  const questions = new Set<string>();
  for (const row of rows) {
    if (questions.size >= limit) break;
    if (!row.ok) continue;
    const turns = turnCells(tokenCells(row, specialIds), row.offsets, row.turns);
    const first = turns.find((turn) => turn.role === 'user');
    const text = first
      ? snippet(contentOf(first, row), questionLimit)
          .parts.map((part) => part.text)
          .join('')
          .trim()
      : '';
    if (text.length > 0 && text.length < questionLimit) questions.add(text);
  }
  return [...questions];
}

/**
 * White space made visible: space "·", tab "→", line feed "⏎" before the break itself, other controls, spaces and signs
 * without width or that turn the direction as ⟨hex⟩. Joiners stay: emoji and scripts are written with them.
 */
export const visibleSpace = (text: string): string =>
  text.replace(
    /[\p{Z}\p{Cc}\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu,
    (char) => spaceMarks[char] ?? `⟨${char.charCodeAt(0).toString(16).padStart(2, '0')}⟩`,
  );

const spaceMarks: Record<string, string> = { ' ': '·', '\t': '→\t', '\r': '␍', '\n': '⏎\n' };
