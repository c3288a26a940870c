/** Rows that are less than a row should be: a list of turns without a name, or one turn by itself. */
import { usualRole } from './judgeMessages';
import { own, type JsonObject } from './problems';
import { fits } from './shapes';

/** A row that is a bare list of turns, as the object that it stands for; any other row as it is. */
export function namedList(row: unknown): unknown {
  if (!Array.isArray(row)) return row;
  if (fits(row, 'messages')) return { messages: row };
  return fits(row, 'sharegpt') ? { conversations: row } : row;
}

/** Whether a row is one turn: who speaks, and what. Read as plain text, each turn would be trained alone. */
export const isTurn = (row: JsonObject): boolean => isTurnOf(row, 'role', 'content') || isTurnOf(row, 'from', 'value');

function isTurnOf(row: JsonObject, roleKey: string, contentKey: string): boolean {
  const role = own(row, roleKey);
  return Object.hasOwn(row, contentKey) && typeof role === 'string' && usualRole(role) !== null;
}

export const turnsRemedy = 'put the turns of each conversation into one list, as {"messages": [...]}';
