import { defineConfig } from 'vitest/config';

const shared = { environment: 'node', testTimeout: 60_000 } as const;

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['src/**/*.test.{ts,tsx}', 'workers/**/*.test.ts', 'headless/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: ['**/*.gpu.test.ts'],
        },
      },
      // Needs WebGPU: run through headless/withGpu.mjs, which gives Dawn a Vulkan driver where the machine has none.
      {
        test: {
          ...shared,
          name: 'gpu',
          include: ['src/**/*.gpu.test.ts'],
          setupFiles: ['src/kernels/testing/gpuSetup.ts'],
          testTimeout: 180_000,
        },
      },
    ],
  },
});
