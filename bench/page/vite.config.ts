import { defineConfig } from 'vite';

/** Builds the benchmark's page beside, not into, the studio. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  publicDir: false,
  worker: { format: 'es' },
  // Unminified: stock tfjs starts its threads from the text of a function, which must not name what the minifier moved out.
  build: {
    target: 'es2023',
    minify: false,
    outDir: '../../.cache/bench',
    emptyOutDir: true,
    chunkSizeWarningLimit: 4000,
  },
});
