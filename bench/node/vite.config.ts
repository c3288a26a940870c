import { defineConfig } from 'vite';

/** Bundles our contender for Node; packages stay outside. */
export default defineConfig({
  publicDir: false,
  build: {
    ssr: 'bench/node/ours.ts',
    outDir: '.cache/bench-node',
    emptyOutDir: true,
    target: 'node20',
    rollupOptions: { output: { entryFileNames: 'ours.js' } },
  },
});
