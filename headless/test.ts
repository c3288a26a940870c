// What `npm test` runs: finds or installs a browser, builds, then every test there is. Its last line is exactly
// `N passed, N failed`. Nothing is skipped silently: a skipped test and a stage without tests count as failures.
//   tsx headless/test.ts [--check] [--only unit,gpu,e2e]     (--check adds the static checks of `npm run check`)
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { dawnEnvironment, findBrowser } from './browser';
import { countPlaywright, countVitest, type Counts } from './testCounts';

const project = resolve(import.meta.dirname, '..');
const reports = mkdtempSync(join(tmpdir(), 'tunesmith-test-'));
const { values: options } = parseArgs({
  options: { check: { type: 'boolean', default: false }, only: { type: 'string', default: 'unit,gpu,e2e' } },
});
const say = (message: string): void => void process.stdout.write(`${message}\n`);

interface Stage {
  name: string;
  run: () => Counts | Promise<Counts>;
}

/** Runs a program of the project with its output shown; true when it ended with 0. */
function succeeds(module: string, args: string[], env: NodeJS.ProcessEnv = process.env): boolean {
  const result = spawnSync(process.execPath, [join(project, 'node_modules', module), ...args], {
    cwd: project,
    stdio: 'inherit',
    env,
  });
  return result.status === 0;
}

function npmScript(name: string): boolean {
  const result = spawnSync('npm', ['run', '--silent', name], {
    cwd: project,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  return result.status === 0;
}

const one = (passed: boolean): Counts => ({ passed: passed ? 1 : 0, failed: passed ? 0 : 1 });

/** A runner's own report, turned into counts; a runner that failed without saying so counts as one failure. */
function counted(read: (report: unknown) => Counts, path: string, succeeded: boolean): Counts {
  let counts: Counts;
  try {
    counts = read(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    say(`No report: ${String(error)}`);
    return { passed: 0, failed: 1 };
  }
  if (counts.passed + counts.failed === 0) say('This stage ran no test: that counts as a failure.');
  const isSilent = counts.failed === 0 && (!succeeded || counts.passed === 0);
  return isSilent ? { ...counts, failed: 1 } : counts;
}

function vitest(name: string, env?: NodeJS.ProcessEnv): Counts {
  const path = join(reports, `${name}.json`);
  const args = ['run', '--project', name, '--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
  return counted(countVitest, path, succeeds('vitest/vitest.mjs', args, env));
}

function playwright(): Counts {
  const path = join(reports, 'e2e.json');
  const env = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: path };
  return counted(countPlaywright, path, succeeds('@playwright/test/cli.js', ['test', '--reporter=list,json'], env));
}

const checks = ['typecheck', 'lint', 'layers', 'unused'];

/** The static checks side by side, each on one core at most; what one says is shown when it has ended. */
async function staticChecks(): Promise<Counts> {
  const passed = await Promise.all(
    checks.map(
      (name) =>
        new Promise<boolean>((done) => {
          const begun = performance.now();
          const child = spawn('npm', ['run', '--silent', name], { cwd: project, shell: process.platform === 'win32' });
          const said: Buffer[] = [];
          for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => said.push(piece));
          child.on('error', (error) => said.push(Buffer.from(error.message)));
          child.on('close', (status) => {
            say(Buffer.concat(said).toString().trimEnd());
            const seconds = ((performance.now() - begun) / 1000).toFixed(0);
            say(`--- ${name}: ${status === 0 ? 'passed' : 'failed'}, ${seconds} s`);
            done(status === 0);
          });
        }),
    ),
  );
  return { passed: passed.filter(Boolean).length, failed: passed.filter((one) => !one).length };
}

const stages: Stage[] = [
  { name: 'build', run: () => one(npmScript('build')) },
  ...(options.check ? [{ name: checks.join(', '), run: staticChecks }] : []),
  { name: 'unit', run: () => vitest('unit') },
  { name: 'gpu', run: () => vitest('gpu', dawnEnvironment()) },
  { name: 'e2e', run: playwright },
];
const tests = new Set(options.only.split(','));
const isWanted = ({ name }: Stage): boolean => !['unit', 'gpu', 'e2e'].includes(name) || tests.has(name);

const total: Counts = { passed: 0, failed: 0 };
try {
  say(`Browser: ${findBrowser()}`);
  for (const stage of stages.filter(isWanted)) {
    const begun = performance.now();
    say(`\n=== ${stage.name}`);
    const { passed, failed } = await stage.run();
    total.passed += passed;
    total.failed += failed;
    say(`=== ${stage.name}: ${passed} passed, ${failed} failed, ${((performance.now() - begun) / 1000).toFixed(0)} s`);
  }
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  total.failed++;
} finally {
  rmSync(reports, { recursive: true, force: true });
}
say(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
