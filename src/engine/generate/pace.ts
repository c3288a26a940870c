/** How many tokens are drawn before they are read back. */
export interface Pace {
  /** Record the next tokens before the last ones are read, so that the device never waits. */
  readonly ahead: boolean;
  /** Tokens of the next block. */
  next(): number;
  /** A block of `tokens` was read `ms` after the one before. */
  took(tokens: number, ms: number): void;
}

/** A reader sees text move at twenty times a second. */
const blockMs = 50;
const largestBlock = 16;

/** One by one: where calls run at once (WASM), reading is free and a token drawn too many is work lost. */
export const oneByOne = (): Pace => ({ ahead: false, next: () => 1, took: () => {} });

/**
 * Blocks of about 50 ms, 16 tokens at most, for devices that record and answer late (WebGPU): the first is one token, a block is
 * at most twice the last, and an end token costs at most what two blocks hold after it.
 */
export function inBlocks(): Pace {
  let size = 1;
  let msPerToken = 0;
  return {
    ahead: true,
    next: () => size,
    took(tokens, ms) {
      msPerToken = msPerToken === 0 ? ms / tokens : (msPerToken + ms / tokens) / 2;
      size = Math.max(1, Math.min(2 * tokens, largestBlock, Math.floor(blockMs / msPerToken)));
    },
  };
}
