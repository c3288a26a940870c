// Runs a command with an environment in which Dawn for Node finds a GPU: the machine's own Vulkan driver, else the
// software one (SwiftShader) that comes with Chromium.   tsx headless/withGpu.ts vitest run --project gpu
import { spawnSync } from 'node:child_process';
import { dawnEnvironment } from './browser';

const result = spawnSync('npx', ['--no-install', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: dawnEnvironment(),
});
process.exit(result.status ?? 1);
