import { join } from 'node:path';
import type { BackendChoice, DeviceFacts } from '../../src/protocol/device';
import type { ModelFacts, ModelSource, TokenizerFacts } from '../../src/protocol/model';
import type { Recipe } from '../../src/recipe/schema';
import { adapterFiles } from './input';
import { dist, say, Studio } from './studio';

export interface OpenModel {
  studio: Studio;
  device: DeviceFacts;
  facts: ModelFacts;
  tokenizer: TokenizerFacts;
  /** Where the model's files lie on this machine. */
  folder: string;
}

interface ModelWish {
  model: string;
  backend?: BackendChoice | undefined;
  adapter?: string | undefined;
  /** How the weights are held (recipe `model.dtype`); default `auto`. */
  dtype?: Recipe['model']['dtype'];
}

/** Opens the page, the device, a model (and an adapter) in both workers, and closes all of it after `body`. */
export async function withModel<Result>(wish: ModelWish, body: (open: OpenModel) => Promise<Result>): Promise<Result> {
  const choice = wish.backend ?? 'auto';
  const studio = await Studio.open(choice);
  try {
    const device = await studio.openDevice(choice);
    const source = studio.mountModel(wish.model);
    const tokenizer = await studio.run(({ data }, source) => data.openModel(source), source);
    const facts = await loadModel(studio, source, wish.dtype ?? 'auto');
    if (wish.adapter !== undefined) await loadAdapter(studio, wish.adapter);
    const folder = wish.model === 'builtin' ? join(dist, 'models/builtin') : wish.model;
    return await body({ studio, device, facts, tokenizer, folder });
  } finally {
    await studio.close();
  }
}

async function loadModel(studio: Studio, source: ModelSource, dtype: Recipe['model']['dtype']): Promise<ModelFacts> {
  const facts = await studio.run(
    ({ compute, proxy }, { source, dtype }) =>
      compute.loadModel(
        source,
        { dtype },
        proxy(() => {}),
      ),
    { source, dtype },
  );
  const millions = (facts.parameters / 1e6).toFixed(1);
  say(
    `model: ${facts.name} · ${facts.architecture} · ${millions} M parameters · ${facts.dtype} · ${facts.weightReason}`,
  );
  return facts;
}

/** Addresses from which the page reads an adapter folder. */
export const mountAdapter = (studio: Studio, folder: string): { url: string; name: string }[] =>
  adapterFiles.map((name) => studio.mountFile(join(folder, name)));

async function loadAdapter(studio: Studio, folder: string): Promise<void> {
  await studio.run(
    async ({ compute }, files) => {
      const read = async ({ url, name }: { url: string; name: string }) => ({
        name,
        bytes: new Uint8Array(await (await fetch(url)).arrayBuffer()),
      });
      await compute.loadAdapter(await Promise.all(files.map(read)));
    },
    mountAdapter(studio, folder),
  );
  say(`adapter: ${folder}`);
}

/** The current adapter as files: its bytes come back through the local server. */
export async function receiveAdapter(studio: Studio): Promise<{ name: string; bytes: Buffer }[]> {
  const names = await studio.run(async ({ compute }, url) => {
    const files = await compute.exportAdapter();
    for (const { name, bytes } of files) {
      const sent = await fetch(`${url}adapter-${encodeURIComponent(name)}`, {
        method: 'POST',
        body: new Blob([bytes as BlobPart]),
      });
      if (!sent.ok) throw new Error(`upload of ${name}: status ${sent.status}`);
    }
    return files.map(({ name }) => name);
  }, studio.uploadUrl);
  return names.map((name) => ({ name, bytes: studio.takeUpload(`adapter-${name}`) }));
}
