/**
 * Writes to the kept folders, one after the other for each: a large file takes seconds to write, and what is being written can
 * neither be replaced nor deleted. The last order is what a refresh finds.
 */
import { forgetFolder, keepFolder, type KeptFile } from '../storage/keep';

const lines = new Map<string, Promise<unknown>>();

function inTurn<T>(name: string, order: () => Promise<T>): Promise<T> {
  const result = (lines.get(name) ?? Promise.resolve()).then(order);
  lines.set(
    name,
    result.catch(() => undefined),
  );
  return result;
}

/** `keepFolder`, in its turn. */
export const keepInTurn = (name: string, files: KeptFile[], note: unknown): Promise<boolean> =>
  inTurn(name, () => keepFolder(name, files, note));

/** `forgetFolder`, in its turn. */
export const forgetInTurn = (name: string): Promise<void> => inTurn(name, () => forgetFolder(name));
