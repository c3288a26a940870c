/**
 * A small document that is replaced atomically, whatever the disk does: two files take turns, each `<SHA-256> <sequence>
 * <JSON>`. The newest whole one counts; a write that was cut at any byte is not whole, and leaves the one before it. Both are
 * there from the beginning and are filled with spaces up to whole pages, so that a new state needs no room on a full disk.
 */
import { sha256Hex } from '../../lib/sha256Stream';
import { readFile, writeFile } from './diskFile';

interface Slot {
  file: string;
  sequence: number;
  value: unknown;
}

const pageBytes = 8192;

/** The two files of a document. */
export const slotNames = (name: string): [string, string] => [`${name}.a.json`, `${name}.b.json`];

/** What the document holds; null where there is none that is whole. */
export async function readSlots(
  directory: FileSystemDirectoryHandle,
  name: string,
): Promise<{ value: unknown } | null> {
  const [newest] = await wholeSlots(directory, name);
  return newest ? { value: newest.value } : null;
}

/** Replaces the document. Two writers at a time are the caller's to prevent (runLocks.ts). */
export async function writeSlots(directory: FileSystemDirectoryHandle, name: string, value: unknown): Promise<void> {
  const [newest] = await wholeSlots(directory, name);
  const [first, second] = slotNames(name);
  const sequence = newest?.sequence ?? 0;
  await writeFile(directory, newest?.file === first ? second : first, slotText(sequence + 1, value));
  if (!newest) await writeFile(directory, second, slotText(sequence + 2, value));
}

function slotText(sequence: number, value: unknown): Uint8Array {
  const utf8 = new TextEncoder();
  const body = utf8.encode(`${sequence} ${JSON.stringify(value)}`);
  const text = new Uint8Array(Math.ceil((65 + body.length) / pageBytes) * pageBytes).fill(0x20);
  text.set(body, 65);
  text.set(utf8.encode(sha256Hex(text.subarray(65))));
  return text;
}

/** The files of a document in the order in which to delete them: never is an older state the one that counts. */
export async function slotsToRemove(directory: FileSystemDirectoryHandle, name: string): Promise<string[]> {
  const [newest] = await wholeSlots(directory, name);
  return slotNames(name).sort((one) => (one === newest?.file ? 1 : -1));
}

/** The whole files, the newest first. */
async function wholeSlots(directory: FileSystemDirectoryHandle, name: string): Promise<Slot[]> {
  const slots = await Promise.all(slotNames(name).map((file) => readSlot(directory, file)));
  return slots.filter((slot) => slot !== null).sort((one, two) => two.sequence - one.sequence);
}

async function readSlot(directory: FileSystemDirectoryHandle, file: string): Promise<Slot | null> {
  const bytes = await readFile(directory, file);
  if (!bytes) return null;
  const body = bytes.subarray(65);
  if (new TextDecoder().decode(bytes.subarray(0, 64)) !== sha256Hex(body)) return null;
  const text = new TextDecoder().decode(body);
  const space = text.indexOf(' ');
  return { file, sequence: Number(text.slice(0, space)), value: JSON.parse(text.slice(space + 1)) };
}
