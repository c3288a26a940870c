/**
 * MB/s of the real Qwen2.5 tokenizer on one thread, ours and transformers.js in the same run, on text with many rare
 * words: the read-me files, licences and sources of the installed packages, cut into rows of 1,500 characters.
 * Processor time is the figure to read on a shared machine. `node --import tsx src/data/tokenizer/tokenizer.bench.ts`
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Transformers from '@huggingface/transformers';
import { readQwenFile } from '../testing/qwen25';
import { openTokenizer } from './tokenizer';

const rowLength = 1500;
const packages = fileURLToPath(new URL('../../../node_modules/', import.meta.url));

/** Rows of prose and of source, mixed by a fixed stride. */
function rowsOf(proseUnits: number, codeUnits: number): string[] {
  const rows: string[] = [];
  const left = { prose: proseUnits, code: codeUnits };
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      const kind = /\.(md|txt)$|^(licen|readme|changelog)/i.test(entry.name)
        ? 'prose'
        : /\.(ts|js|mjs|c|h)$/.test(entry.name)
          ? 'code'
          : null;
      if (!entry.isFile() || !kind || left[kind] <= 0 || statSync(path).size > 300_000) continue;
      const text = readFileSync(path, 'utf8');
      if (text.includes('\ufffd')) continue;
      left[kind] -= text.length;
      for (let at = 0; at < text.length; at += rowLength) rows.push(text.slice(at, at + rowLength));
    }
  };
  walk(packages);
  const stride = 7919;
  return rows.map((_, index) => rows[(index * stride) % rows.length] ?? '');
}

function measure(what: string, rows: readonly string[], encode: (row: string) => ArrayLike<number>): void {
  const megabytes = rows.reduce((sum, row) => sum + Buffer.byteLength(row), 0) / 1e6;
  const before = process.cpuUsage();
  const start = performance.now();
  let tokens = 0;
  for (const row of rows) tokens += encode(row).length;
  const { user, system } = process.cpuUsage(before);
  const cpu = (megabytes / (user + system)) * 1e6;
  const wall = (megabytes / (performance.now() - start)) * 1e3;
  console.log(
    `${what}: ${cpu.toFixed(2)} MB per processor second, ${wall.toFixed(2)} MB/s, ${megabytes.toFixed(1)} MB, ${tokens} tokens`,
  );
}

const rows = rowsOf(12e6, 6e6);
const file = readQwenFile('tokenizer.json');
const config = readQwenFile('tokenizer_config.json');
const start = performance.now();
const ours = openTokenizer(file, config);
console.log(`open: ${(performance.now() - start).toFixed(0)} ms`);
measure('ours, first pass', rows, (row) => ours.encode(row).ids);
measure('ours, second pass', rows, (row) => ours.encode(row).ids);

const web = new URL('../../../node_modules/@huggingface/transformers/dist/transformers.web.js', import.meta.url);
const { PreTrainedTokenizer } = (await import(web.href)) as typeof Transformers;
const theirs = new PreTrainedTokenizer(file, config);
// A quarter of the rows: theirs is slow enough.
measure('transformers.js', rows.slice(0, rows.length / 4), (row) => theirs.encode(row, { add_special_tokens: false }));
