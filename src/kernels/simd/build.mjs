// Builds the four WebAssembly modules of this folder into build/: plain or shared memory × SIMD or relaxed SIMD (fused
// multiply-add). Skips what is newer than every source. `node build.mjs [--force] [--text]`.
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const force = process.argv.includes('--force');
const text = process.argv.includes('--text');
const sources = readdirSync(folder)
  .filter((name) => name.endsWith('.as.ts') || name === 'build.mjs')
  .map((name) => statSync(join(folder, name)).mtimeMs);
const newest = Math.max(...sources);

const variants = [
  { name: 'simd', entry: 'single.as.ts', flags: [] },
  { name: 'simdRelaxed', entry: 'single.as.ts', flags: ['--enable', 'relaxed-simd'] },
  { name: 'simdThreads', entry: 'threaded.as.ts', flags: ['--enable', 'threads', '--sharedMemory'] },
  {
    name: 'simdRelaxedThreads',
    entry: 'threaded.as.ts',
    flags: ['--enable', 'threads', '--sharedMemory', '--enable', 'relaxed-simd'],
  },
];

const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const stale = variants.filter(({ name }) => force || text || modified(join(folder, 'build', `${name}.wasm`)) < newest);
if (stale.length > 0) {
  mkdirSync(join(folder, 'build'), { recursive: true });
  const { default: asc } = await import('assemblyscript/asc');
  for (const { name, entry, flags } of stale) {
    const { error, stderr } = await asc.main([
      join(folder, entry),
      ...['-o', join(folder, 'build', `${name}.wasm`)],
      ...(text ? ['-t', join(folder, 'build', `${name}.wat`)] : []),
      ...['--runtime', 'stub', '--importMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
      ...['-O3', '--noAssert', '--use', 'abort=', '--enable', 'simd', '--enable', 'bulk-memory', ...flags],
    ]);
    if (error) {
      process.stderr.write(stderr.toString());
      throw error;
    }
  }
}
