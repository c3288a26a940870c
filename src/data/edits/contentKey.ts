/**
 * A fingerprint of what a conversation says: its messages (roles, texts, reasoning, calls) and tools, exactly as they are;
 * weights and the row's place do not count. Two lanes of MurmurHash3's 32-bit mixing over pairs of UTF-16 units, and
 * the length. Equal keys mean equal rows but for chance (about n²/2⁶⁵ for n rows); it is no protection against
 * rows that are made to collide.
 */
import type { Conversation } from '../../protocol/conversation';
import { exactText } from './exactText';

/** Marks between fields: with each field's length they keep "ab", "c" and "a", "bc" apart. */
const endOfField = 0x1f3a97;
const noField = 0x2b5c11;

/** See the head of this file. */
export function contentKey({ messages, tools, text }: Conversation): bigint {
  const hash = new TextHash();
  hash.add(text);
  hash.mark(messages.length);
  for (const { role, content, reasoning_content, name, tool_call_id, tool_calls } of messages) {
    hash.add(role);
    hash.add(typeof content === 'string' || content === null ? (content ?? undefined) : jsonText(content));
    hash.add(reasoning_content);
    hash.add(name);
    hash.add(tool_call_id);
    hash.add(tool_calls && jsonText(tool_calls));
  }
  hash.add(tools && jsonText(tools));
  return hash.key();
}

class TextHash {
  #one = 0x9747b28c;
  #two = 0x3c6ef372;

  add(text: string | undefined): void {
    if (text === undefined) {
      this.mark(noField);
      return;
    }
    let one = this.#one;
    let two = this.#two;
    const { length } = text;
    const even = length & ~1;
    for (let at = 0; at < even; at += 2) {
      const pair = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
      one ^= scrambled(pair, 0xcc9e2d51, 0x1b873593);
      one = Math.imul((one << 13) | (one >>> 19), 5) + 0xe6546b64;
      two ^= scrambled(pair, 0x85ebca6b, 0xc2b2ae35);
      two = Math.imul((two << 17) | (two >>> 15), 9) + 0x38495ab5;
    }
    this.#one = one | 0;
    this.#two = two | 0;
    if (length & 1) this.mark(text.charCodeAt(length - 1));
    this.mark(length);
    this.mark(endOfField);
  }

  /** Mixes one number in. */
  mark(value: number): void {
    this.#one = (Math.imul(rotated(this.#one ^ scrambled(value, 0xcc9e2d51, 0x1b873593), 13), 5) + 0xe6546b64) | 0;
    this.#two = (Math.imul(rotated(this.#two ^ scrambled(value, 0x85ebca6b, 0xc2b2ae35), 17), 9) + 0x38495ab5) | 0;
  }

  /** 64 bits. */
  key(): bigint {
    return (BigInt(finished(this.#one) >>> 0) << 32n) | BigInt(finished(this.#two) >>> 0);
  }
}

const rotated = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

function scrambled(value: number, first: number, second: number): number {
  const mixed = Math.imul(value, first);
  return Math.imul((mixed << 15) | (mixed >>> 17), second);
}

function finished(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** JSON of calls or tools, however deeply they are nested. */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return exactText(value);
  }
}
