/**
 * A run's metrics as lines of JSON, each followed by a tab and the first eight digits of its SHA-256, so that a line that was
 * cut or altered is known. Numbers come back bit for bit, infinite ones too.
 */
import { sha256Hex } from '../../lib/sha256Stream';
import type { RunEventBody } from '../../protocol/run';

const numbers = { Infinity, '-Infinity': -Infinity, NaN } as const;

/** One event as JSON, which has no infinite numbers of its own. */
export const eventToJson = (event: RunEventBody): string =>
  JSON.stringify(event, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value,
  );

/** The inverse of {@link eventToJson}. Throws `SyntaxError`. */
export const eventFromJson = (json: string): unknown =>
  JSON.parse(json, (_, value: unknown) => {
    const name = (value as { number?: unknown } | null)?.number;
    return typeof name === 'string' && name in numbers ? numbers[name as keyof typeof numbers] : value;
  });

const sumOf = (json: string): string => sha256Hex(new TextEncoder().encode(json)).slice(0, 8);

/** Lines of events, as they are appended. */
export function encodeEvents(events: readonly RunEventBody[]): Uint8Array {
  const lines = events.map((event) => {
    const json = eventToJson(event);
    return `${json}\t${sumOf(json)}\n`;
  });
  return new TextEncoder().encode(lines.join(''));
}

/** Bytes up to the end of the last line: what follows is a line whose writing was cut. */
export const wholeLineBytes = (file: Uint8Array): number => file.lastIndexOf(10) + 1;

/** The events of a file, and how many of its lines were altered. A last line that was cut is no line. */
export function decodeEvents(file: Uint8Array): { events: RunEventBody[]; damaged: number } {
  const lines = new TextDecoder().decode(file.subarray(0, wholeLineBytes(file))).split('\n');
  lines.pop();
  const events: RunEventBody[] = [];
  for (const line of lines) {
    const tab = line.lastIndexOf('\t');
    const json = line.slice(0, Math.max(0, tab));
    if (tab > 0 && line.slice(tab + 1) === sumOf(json)) events.push(eventFromJson(json) as RunEventBody);
  }
  return { events, damaged: lines.length - events.length };
}

/** Bytes of lines that are checked at a time: some milliseconds, so that a page that reads them never hangs. */
const sliceBytes = 2 ** 14;

/** The events of a file as {@link decodeEvents} gives them, with pauses in which a page can draw. */
export async function decodeInSlices(file: Uint8Array): Promise<RunEventBody[]> {
  const events: RunEventBody[] = [];
  const end = wholeLineBytes(file);
  for (let from = 0; from < end;) {
    const to = file.indexOf(10, Math.min(from + sliceBytes, end) - 1) + 1;
    for (const event of decodeEvents(file.subarray(from, to)).events) events.push(event);
    from = to;
    if (from < end) await new Promise((resolve) => setTimeout(resolve));
  }
  return events;
}

/**
 * What stays of the events when what came after `step` is done anew: those of later steps go, and with them the end and the
 * phases from there on; warnings stay, and say what happened.
 */
export function rewound(events: readonly RunEventBody[], step: number): RunEventBody[] {
  let isPast = false;
  return events.filter((event) => {
    if (event.event === 'warning') return true;
    if (event.event === 'end' || event.event === 'rewind') return false;
    if ('step' in event && event.step > step) isPast = true;
    return !isPast || ('step' in event && event.step <= step);
  });
}
