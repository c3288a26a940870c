// Runs a command with an environment in which Dawn for Node finds a GPU: the machine's own Vulkan driver, else the
// software one (SwiftShader) that comes with Chromium.   node headless/withGpu.mjs vitest run --project gpu
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [command, ...args] = process.argv.slice(2);
const env = { ...process.env };
const places = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome', process.env.TUNESMITH_BROWSER && dirname(process.env.TUNESMITH_BROWSER)];
const folder = places.find((place) => place && existsSync(join(place, 'vk_swiftshader_icd.json')));
if (process.platform === 'linux' && folder && !env.VK_ICD_FILENAMES && !env.VK_DRIVER_FILES) {
  env.VK_ICD_FILENAMES = join(folder, 'vk_swiftshader_icd.json');
  env.LD_LIBRARY_PATH = [env.LD_LIBRARY_PATH, folder].filter(Boolean).join(':');
}
const result = spawnSync('npx', ['--no-install', command, ...args], { stdio: 'inherit', env });
process.exit(result.status ?? 1);
