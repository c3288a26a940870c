import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { chromium } from 'playwright-core';

/** Environment variable that names the browser to use, before any other is looked for. */
export const browserVariable = 'TUNESMITH_BROWSER';

const installTimeoutMs = 8 * 60_000;
const note = (message: string): void => void process.stderr.write(`${message}\n`);

/**
 * A Chromium-family browser that runs on this machine, or null: the one that {@link browserVariable} names, Playwright's
 * own download, then what the system has. A candidate counts only when it can say its version (a download without its
 * system libraries can't).
 * @throws when the variable names a file that does not run: an explicit wish is never replaced silently.
 */
export function installedBrowser(): string | null {
  const wish = process.env[browserVariable];
  if (wish) {
    if (!runs(wish)) throw new Error(`${browserVariable}: must name a Chromium or Chrome that runs, got ${wish}`);
    return wish;
  }
  return [playwrightBrowser(), ...systemBrowsers()].find((path) => path !== null && runs(path)) ?? null;
}

/**
 * {@link installedBrowser}, installing one when there is none: Playwright's download, then the system's packages.
 * Sets {@link browserVariable} for child processes. @throws when every way failed, naming each.
 */
export function findBrowser(): string {
  const path = installedBrowser() ?? install();
  process.env[browserVariable] = path;
  return path;
}

function playwrightBrowser(): string | null {
  try {
    return chromium.executablePath();
  } catch {
    return null; // Playwright does not know this platform.
  }
}

function systemBrowsers(): string[] {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const onPath = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const { ProgramFiles, LOCALAPPDATA } = process.env;
  const windows = [ProgramFiles, process.env['ProgramFiles(x86)'], LOCALAPPDATA]
    .filter((root) => root !== undefined)
    .flatMap((root) => [
      join(root, 'Google/Chrome/Application/chrome.exe'),
      join(root, 'Chromium/Application/chrome.exe'),
      join(root, 'Microsoft/Edge/Application/msedge.exe'),
    ]);
  const apple = ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
    (app) => `/Applications/${app}.app/Contents/MacOS/${app}`,
  );
  const perPlatform: Partial<Record<NodeJS.Platform, string[]>> = { win32: windows, darwin: apple };
  return perPlatform[process.platform] ?? onPath;
}

function runs(path: string): boolean {
  if (!existsSync(path)) return false;
  if (process.platform === 'win32') return true; // Chrome prints no version on Windows.
  const result = spawnSync(path, ['--version'], { timeout: 30_000, stdio: ['ignore', 'pipe', 'ignore'] });
  return result.status === 0 && /\d+\.\d+/.test(result.stdout.toString());
}

function install(): string {
  const tried: string[] = [];
  for (const [name, attempt] of [
    ['npx playwright install chromium', installWithPlaywright],
    ['apt-get install chromium', installWithApt],
  ] as const) {
    note(`No Chromium or Chrome found; trying: ${name}`);
    const problem = attempt();
    const path = problem === null ? installedBrowser() : null;
    if (path) return path;
    tried.push(`${name}: ${problem ?? 'finished, but no browser runs'}`);
    note(`  ${tried.at(-1) ?? ''}`);
  }
  throw new Error(
    `No Chromium or Chrome found, and none could be installed (${tried.join('; ')}). ` +
      `Install one, or name one in ${browserVariable}.`,
  );
}

/** Runs a command with its output on standard error; null when it worked, else why not. */
function attempt(command: string, args: string[], timeout: number): string | null {
  const result = spawnSync(command, args, {
    stdio: ['ignore', 2, 2],
    timeout,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (result.error) return result.error.message;
  return result.status === 0 ? null : `exit status ${String(result.status ?? result.signal)}`;
}

const isRoot = (): boolean => process.getuid?.() === 0;
const hasSudo = (): boolean => spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;

function installWithPlaywright(): string | null {
  const cli = join(dirname(createRequire(import.meta.url).resolve('@playwright/test/package.json')), 'cli.js');
  const problem = attempt(process.execPath, [cli, 'install', 'chromium', '--no-shell'], installTimeoutMs);
  // The download runs only where its system libraries are; they need root.
  if (problem === null && installedBrowser() === null && process.platform === 'linux' && (isRoot() || hasSudo()))
    return attempt(process.execPath, [cli, 'install-deps', 'chromium'], installTimeoutMs);
  return problem;
}

function installWithApt(): string | null {
  if (process.platform !== 'linux') return 'only on Linux';
  if (spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status !== 0) return 'there is no apt-get';
  if (!isRoot() && !hasSudo()) return 'needs root or sudo without a password';
  const apt = (...args: string[]): string | null =>
    isRoot()
      ? attempt('apt-get', args, installTimeoutMs)
      : attempt('sudo', ['-n', 'apt-get', ...args], installTimeoutMs);
  return apt('update') ?? apt('install', '-y', '--no-install-recommends', 'chromium');
}

/** True where the kernel shows a graphics processor. Elsewhere than on Linux, one is taken for granted. */
export function hasHardwareGpu(): boolean {
  if (process.platform !== 'linux') return true;
  const nodes = (folder: string, pattern: RegExp): boolean =>
    existsSync(folder) && readdirSync(folder).some((name) => pattern.test(name));
  return nodes('/dev/dri', /^renderD/) || nodes('/dev', /^nvidia\d/) || existsSync('/dev/dxg');
}

export type GpuKind = 'hardware' | 'software';

/** Which adapter Chromium is asked for: TUNESMITH_GPU=hardware|software, else what the machine has. */
export function gpuKind(): GpuKind {
  const wish = process.env.TUNESMITH_GPU;
  if (wish === 'hardware' || wish === 'software') return wish;
  return hasHardwareGpu() ? 'hardware' : 'software';
}

/** Command-line switches for a Chromium that computes, and asks nobody on the network for anything of its own. */
export function chromiumFlags(gpu: GpuKind): string[] {
  const quiet = [
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    '--no-default-browser-check',
  ];
  const linux = process.platform === 'linux';
  const webgpu = ['--enable-unsafe-webgpu', ...(linux ? ['--enable-features=Vulkan'] : [])];
  const hardware = ['--ignore-gpu-blocklist', ...(linux ? ['--enable-dawn-features=vulkan_enable_f16_on_nvidia'] : [])];
  return [...quiet, ...webgpu, ...(gpu === 'software' ? ['--use-webgpu-adapter=swiftshader'] : hardware)];
}

/**
 * Environment in which Dawn for Node finds an adapter: this one where the machine's own Vulkan driver answers, else one
 * that names the software driver that comes with Chromium.
 */
export function dawnEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  if (process.platform !== 'linux' || env.VK_ICD_FILENAMES || env.VK_DRIVER_FILES) return env;
  if (hasHardwareGpu() && dawnFindsAdapter(env)) return env;
  const browser = installedBrowser();
  const folder = [
    browser && dirname(realpathSync(browser)),
    '/usr/lib/chromium',
    '/usr/lib/chromium-browser',
    '/opt/google/chrome',
  ].find((place) => place && existsSync(join(place, 'vk_swiftshader_icd.json')));
  if (!folder) return env;
  env.VK_ICD_FILENAMES = join(folder, 'vk_swiftshader_icd.json');
  env.LD_LIBRARY_PATH = [env.LD_LIBRARY_PATH, folder].filter(Boolean).join(':');
  return env;
}

function dawnFindsAdapter(env: NodeJS.ProcessEnv): boolean {
  const probe = `import('webgpu').then(({ create }) => create([]).requestAdapter()).then((a) => process.exit(a ? 0 : 1), () => process.exit(1))`;
  try {
    execFileSync(process.execPath, ['-e', probe], { env, stdio: 'ignore', timeout: 30_000, cwd: import.meta.dirname });
    return true;
  } catch {
    return false;
  }
}
