import { transferHandlers } from 'comlink';
import { TunesmithError, fromErrorRecord, toErrorRecord, type ErrorRecord } from '../lib/errors';

interface Thrown {
  value: unknown;
}
type Serialized = { tunesmith: true; record: ErrorRecord; stack: string | undefined };

/**
 * Replaces comlink's `throw` handler, which keeps only name, message and stack, by one that keeps our code and data.
 * Call once in each realm (page and workers) before the first call.
 */
export function installErrorTransfer(): void {
  const original = transferHandlers.get('throw');
  if (!original) throw new TunesmithError('internal/assertion', 'comlink has no throw handler');
  transferHandlers.set('throw', {
    canHandle: (value): value is Thrown => original.canHandle(value),
    serialize: (thrown: Thrown): [Serialized, Transferable[]] => [
      {
        tunesmith: true,
        record: toErrorRecord(thrown.value),
        stack: thrown.value instanceof Error ? thrown.value.stack : undefined,
      },
      [],
    ],
    deserialize: (serialized: Serialized): never => {
      const error = fromErrorRecord(serialized.record);
      if (serialized.stack) error.stack = serialized.stack;
      throw error;
    },
  });
}
