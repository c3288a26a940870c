import { defineConfig } from '@playwright/test';
import { chromiumFlags, gpuKind, installedBrowser } from './headless/browser';

const executablePath = installedBrowser();
if (executablePath === null) throw new Error('No Chromium or Chrome found: "npm test" installs one');

/** The built page in one browser at a time: two would fight over two cores, and timings would mean nothing. */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results/e2e',
  globalSetup: './e2e/globalSetup.ts',
  fullyParallel: false,
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: 'list',
  use: {
    browserName: 'chromium',
    headless: true,
    viewport: { width: 1440, height: 900 },
    launchOptions: { executablePath, args: chromiumFlags(gpuKind()) },
    trace: 'off',
    screenshot: 'only-on-failure',
  },
  projects: [
    {
      name: 'auto',
      testMatch: ['firstVisit.spec.ts', 'page.spec.ts', 'quality.spec.ts', 'runs.spec.ts'],
      metadata: { backend: 'auto' },
    },
    { name: 'wasm', testMatch: ['spine.spec.ts', 'live.spec.ts', 'memory.spec.ts'], metadata: { backend: 'wasm' } },
    {
      name: 'webgpu',
      testMatch: ['spine.spec.ts', 'halfBillion.spec.ts', 'memory.spec.ts'],
      metadata: { backend: 'webgpu' },
    },
    { name: 'data', testMatch: ['data.spec.ts', 'masks.spec.ts', 'broken.spec.ts', 'large.spec.ts'] },
    { name: 'hub', testMatch: ['hub.spec.ts', 'models.spec.ts'] },
    { name: 'faults', testMatch: ['faults.spec.ts', 'storageFaults.spec.ts'] },
    { name: 'cli', testMatch: ['cli.spec.ts'] },
  ],
});
