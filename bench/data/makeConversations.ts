import { closeSync, openSync, writeSync } from 'node:fs';
import { emoji, syllables, words } from './words';

/** Random numbers by mulberry32: as fast as plain numbers can be, the same on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Made-up words that there are. With their log-uniform ranks a file keeps meeting new ones, as real text does. */
const rareWords = 400_000;

/** Writes conversations, one JSON object (`messages`) a time; the same seed, the same text. */
export class ConversationMaker {
  private readonly random: () => number;
  private readonly rare = new Map<number, string>();

  constructor(seed: number) {
    this.random = mulberry32(seed);
  }

  /** One to four questions and answers, a third of them under a system prompt; about 1 KB of JSON. */
  next(): { messages: { role: string; content: string }[] } {
    const messages = [];
    if (this.random() < 0.33) messages.push({ role: 'system', content: this.sentences(1) });
    for (let turns = 1 + Math.floor(this.random() ** 2 * 4); turns > 0; turns--) {
      messages.push({ role: 'user', content: this.sentences(1 + Math.floor(this.random() * 2)) });
      messages.push({ role: 'assistant', content: this.answer() });
    }
    return { messages };
  }

  private below(bound: number): number {
    return Math.floor(this.random() * bound);
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  /** An answer: prose, code, a list or Chinese and Japanese characters; of heavy-tailed length. */
  private answer(): string {
    const length = 1 + Math.floor(2 / (this.random() + 0.12));
    const kind = this.random();
    if (kind < 0.15)
      return `${this.sentences(1)}\n\n\`\`\`python\n${this.code(2 + length)}\`\`\`\n${this.sentences(1)}`;
    if (kind < 0.25) return `${this.sentences(1)}\n\n${this.listItems(2 + (length >> 1))}`;
    if (kind < 0.31) return this.ideographs(30 * length);
    return this.sentences(length);
  }

  private word(): string {
    const kind = this.random();
    // Zipf's law, near enough: the logarithm of the rank is uniform.
    if (kind < 0.9) return words[Math.floor(words.length ** this.random()) - 1] ?? 'the';
    if (kind < 0.975) return this.rareWord(Math.floor(rareWords ** this.random()));
    if (kind < 0.996) return String(this.below(10 ** (1 + this.below(5))));
    return this.pick(emoji);
  }

  private rareWord(rank: number): string {
    const known = this.rare.get(rank);
    if (known !== undefined) return known;
    let left = Math.imul(rank + 1, 2654435761) >>> 0;
    let text = '';
    for (let count = 2 + (rank % 3); count > 0; count--) {
      text += syllables[left % syllables.length] ?? '';
      left = Math.floor(left / syllables.length) + rank;
    }
    if (rank % 7 === 0) text = text.charAt(0).toUpperCase() + text.slice(1);
    this.rare.set(rank, text);
    return text;
  }

  private sentences(count: number): string {
    let text = '';
    for (let index = 0; index < count; index++) {
      const length = 5 + this.below(14);
      let sentence = this.word();
      for (let at = 1; at < length; at++) sentence += (this.random() < 0.08 ? ', ' : ' ') + this.word();
      text += sentence.charAt(0).toUpperCase() + sentence.slice(1) + this.pick(['.', '.', '.', '?', '!']);
      if (index + 1 < count) text += index % 4 === 3 ? '\n\n' : ' ';
    }
    return text;
  }

  private listItems(count: number): string {
    return Array.from({ length: count }, (_, index) => `${index + 1}. **${this.word()}**: ${this.sentences(1)}`).join(
      '\n',
    );
  }

  private code(lines: number): string {
    const name = (): string => `${this.pick(words)}_${this.pick(words)}`.toLowerCase();
    let text = `def ${name()}(${name()}, ${name()}=None):\n`;
    for (let line = 0; line < lines; line++)
      text += this.pick([
        () =>
          `    ${name()} = ${name()}[${this.below(100)}] + ${this.below(1000)} * ${(this.random() * 10).toFixed(3)}\n`,
        () => `    if ${name()} is not None:\n        return {"${name()}": ${name()}}\n`,
        () => `    for i in range(${this.below(64)}):\n        print(f"{i}: {${name()}}")  # ${this.word()}\n`,
      ])();
    return text;
  }

  private ideographs(count: number): string {
    let text = '';
    for (let index = 0; index < count; index++) {
      const kind = this.random();
      if (kind < 0.75) text += String.fromCharCode(0x4e00 + Math.floor(6000 ** this.random()));
      else if (kind < 0.92) text += String.fromCharCode(0x3041 + this.below(83));
      else text += this.pick(['。', '，', '、', ' ']);
    }
    return text;
  }
}

/** Bytes gathered before they are written. */
const chunkBytes = 2 ** 20;

/** Writes `rows` conversations as JSONL, about 1 KB each, and returns the file's size in bytes. */
export function writeConversations(path: string, rows: number, seed: number): number {
  const maker = new ConversationMaker(seed);
  const file = openSync(path, 'w');
  let size = 0;
  let text = '';
  for (let row = 0; row < rows; row++) {
    text += `${JSON.stringify(maker.next())}\n`;
    if (text.length >= chunkBytes || row + 1 === rows) {
      size += writeSync(file, text);
      text = '';
    }
  }
  closeSync(file);
  return size;
}
