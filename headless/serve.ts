// Serves the built studio and prints its address.   tsx headless/serve.ts [--port N] [--host H] [--base /path/] [--no-isolation]
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startStaticServer } from './staticServer';

const root = resolve(import.meta.dirname, '../dist');
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: process.env.PORT ?? '' },
    host: { type: 'string', default: '127.0.0.1' },
    base: { type: 'string', default: '/' },
    'no-isolation': { type: 'boolean', default: false },
  },
});
const preferredPort = 4173;

async function main(): Promise<void> {
  if (!existsSync(join(root, 'index.html'))) throw new Error(`${root}: holds no built page; run "npm run build" first`);
  const base = `/${values.base}/`.replace(/\/+/g, '/');
  const options = { root, base, host: values.host, isolation: !values['no-isolation'] };
  const wish = values.port === '' ? null : Number(values.port);
  if (wish !== null && !(Number.isInteger(wish) && wish >= 0 && wish < 65536))
    throw new Error(`--port: must be a whole number from 0 to 65535, got ${values.port}`);
  // Without a wish, a taken port is no reason to fail: any free one does.
  const server =
    wish === null
      ? await startStaticServer({ ...options, port: preferredPort }).catch(() => startStaticServer(options))
      : await startStaticServer({ ...options, port: wish });
  process.stdout.write(`Tunesmith is at ${server.url}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      void server.close().then(() => process.exit(0));
    });
}

main().catch((error: unknown) => {
  process.stderr.write(`serve: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
