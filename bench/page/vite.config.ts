import { defineConfig } from 'vite';

/** Builds the benchmark's page beside, not into, the studio. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  publicDir: false,
  worker: { format: 'es' },
  build: { target: 'es2023', outDir: '../../.cache/bench', emptyOutDir: true, chunkSizeWarningLimit: 4000 },
});
