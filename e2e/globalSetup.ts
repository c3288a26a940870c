import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startStaticServer } from '../headless/staticServer';

export const dist = resolve(import.meta.dirname, '../dist');

/** Serves the built page under a path that is not the root: nothing in it may depend on where it lies. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  if (!existsSync(join(dist, 'index.html'))) throw new Error('dist/: holds no built page; run "npm run build" first');
  const server = await startStaticServer({ root: dist, base: '/studio/' });
  process.env.TUNESMITH_E2E_URL = server.url;
  return () => server.close();
}
