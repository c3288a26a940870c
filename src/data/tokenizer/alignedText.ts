/**
 * A text with the place in the source that each of its UTF-16 units came from. Normalizers and pre-tokenizers rewrite
 * texts; tokens must still point at what the user wrote.
 */
export class AlignedText {
  #units: Uint16Array | null;

  /**
   * @param base where unit 0 stands in the source, when the text did not change.
   * @param starts, ends start and end in the source of each unit, when it did; else null.
   * @param units the text's UTF-16 units where they are at hand; may be longer than the text.
   */
  constructor(
    readonly text: string,
    readonly base: number,
    readonly starts: Int32Array | null = null,
    readonly ends: Int32Array | null = null,
    units: Uint16Array | null = null,
  ) {
    this.#units = units;
  }

  get units(): Uint16Array {
    return (this.#units ??= unitsOf(this.text));
  }

  /** Where unit `at` begins in the source. */
  startOf(at: number): number {
    return this.starts ? (this.starts[at] ?? 0) : this.base + at;
  }

  /** Where unit `at` ends in the source. */
  endOf(at: number): number {
    return this.ends ? (this.ends[at] ?? 0) : this.base + at + 1;
  }

  slice(from: number, to: number): AlignedText {
    if (from === 0 && to === this.text.length) return this;
    const text = this.text.slice(from, to);
    if (!this.starts || !this.ends) return new AlignedText(text, this.base + from);
    return new AlignedText(text, this.base, this.starts.subarray(from, to), this.ends.subarray(from, to));
  }

  /**
   * The same source under another text.
   * @param from, to for each unit of the new text, the units [from, to) of this one that it stands for.
   */
  rewritten(text: string, from: Int32Array, to: Int32Array): AlignedText {
    for (let unit = 0; unit < text.length; unit++) {
      from[unit] = this.startOf(from[unit] ?? 0);
      to[unit] = this.endOf((to[unit] ?? 1) - 1);
    }
    return new AlignedText(text, this.base, from, to);
  }

  /** The same places under a text of the same length. */
  respelled(text: string): AlignedText {
    return text === this.text ? this : new AlignedText(text, this.base, this.starts, this.ends);
  }

  /** The text with something before it; that stands for the first character. */
  prefixed(prefix: string): AlignedText {
    const { text, base, starts, ends } = this;
    if (text === '') return this;
    const lead = prefix.length;
    const newStarts = new Int32Array(lead + text.length);
    const newEnds = new Int32Array(lead + text.length);
    if (starts && ends) {
      newStarts.set(starts, lead);
      newEnds.set(ends, lead);
    } else {
      for (let at = 0; at < text.length; at++) {
        newStarts[lead + at] = base + at;
        newEnds[lead + at] = base + at + 1;
      }
    }
    newStarts.fill(this.startOf(0), 0, lead);
    newEnds.fill(this.endOf((text.codePointAt(0) ?? 0) > 0xffff ? 1 : 0), 0, lead);
    return new AlignedText(prefix + text, base, newStarts, newEnds);
  }

  /** The text with each stretch [start, end) of `places` replaced; each replacement stands for all of its stretch. */
  replaced(places: readonly { start: number; end: number; by: string }[]): AlignedText {
    if (places.length === 0) return this;
    if (places.every(({ start, end, by }) => end - start === 1 && by.length === 1)) return this.#replacedUnits(places);
    const parts: string[] = [];
    const from: number[] = [];
    const to: number[] = [];
    let done = 0;
    const keep = (until: number): void => {
      parts.push(this.text.slice(done, until));
      for (; done < until; done++) {
        from.push(done);
        to.push(done + 1);
      }
    };
    for (const { start, end, by } of places) {
      keep(start);
      parts.push(by);
      for (let unit = 0; unit < by.length; unit++) {
        // An insertion at an empty match stands for the character before it, or the first one.
        from.push(end > start ? start : Math.max(0, start - 1));
        to.push(end > start ? end : Math.max(1, start));
      }
      done = end;
    }
    keep(this.text.length);
    return this.rewritten(parts.join(''), Int32Array.from(from), Int32Array.from(to));
  }

  #replacedUnits(places: readonly { start: number; by: string }[]): AlignedText {
    const parts: string[] = [];
    let done = 0;
    for (const { start, by } of places) {
      parts.push(this.text.slice(done, start), by);
      done = start + 1;
    }
    return this.respelled(parts.join('') + this.text.slice(done));
  }
}

function unitsOf(text: string): Uint16Array {
  const units = new Uint16Array(text.length);
  for (let at = 0; at < text.length; at++) units[at] = text.charCodeAt(at);
  return units;
}
