import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest: begun first, so that no worker is left alone with one at the end. */
const slowest = [
  'src/engine/parity.gpu.test.ts',
  'src/kernels/webgpu.gpu.test.ts',
  'src/engine/loop.gpu.test.ts',
  'src/engine/generate.gpu.test.ts',
  'src/kernels/webgpuThin.gpu.test.ts',
  'src/kernels/webgpuParts.gpu.test.ts',
  'src/engine/full.gpu.test.ts',
  'src/engine/loop.plain.test.ts',
  'src/engine/parity.plain.test.ts',
  'src/kernels/wasm.test.ts',
  'src/data/ingest/openRows.test.ts',
  'src/storage/runs/slots.test.ts',
  'workers/compute/runs.test.ts',
  'src/kernels/kernels.test.ts',
];
for (const path of slowest)
  if (!existsSync(new URL(path, import.meta.url))) throw new Error(`vitest.config: there is no ${path}`);

/** Without what it kept of earlier runs vitest begins with the largest files, and the slowest are among the smallest. */
class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = slowest.findIndex((path) => moduleId.endsWith(path));
      return at < 0 ? slowest.length : at;
    };
    const order = await super.sort(files);
    const projects = [...new Set(order.map(({ project }) => project.name))];
    return projects.flatMap((name) =>
      order.filter(({ project }) => project.name === name).sort((a, b) => place(a) - place(b)),
    );
  }
}

const shared = { environment: 'node', testTimeout: 60_000 } as const;

export default defineConfig({
  test: {
    maxWorkers: 2,
    sequence: { sequencer: SlowestFirst },
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
