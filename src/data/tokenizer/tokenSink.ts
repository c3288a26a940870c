/** Growing arrays that tokens are written to; one lives as long as its tokenizer, so that encoding allocates nothing. */
export class TokenSink {
  ids = new Int32Array(4096);
  /** UTF-16 start and end of each token, interleaved. */
  offsets = new Int32Array(8192);
  count = 0;

  /** Makes room for more tokens. */
  reserve(more: number): void {
    const needed = this.count + more;
    if (needed <= this.ids.length) return;
    const size = Math.max(needed, this.ids.length * 2);
    const ids = new Int32Array(size);
    const offsets = new Int32Array(size * 2);
    ids.set(this.ids);
    offsets.set(this.offsets);
    this.ids = ids;
    this.offsets = offsets;
  }

  push(id: number, start: number, end: number): void {
    this.reserve(1);
    const at = this.count++;
    this.ids[at] = id;
    this.offsets[at * 2] = start;
    this.offsets[at * 2 + 1] = end;
  }
}
