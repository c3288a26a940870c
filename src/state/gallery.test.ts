import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseModelConfig } from '../engine/model/parseConfig';
import { wantedTensors } from '../engine/model/weights';
import { gallery } from './gallery';

/** Published configurations, and parameters as transformers counts them. */
const { models } = JSON.parse(readFileSync(join(import.meta.dirname, '../engine/fixtures/families.json'), 'utf8')) as {
  models: { name: string; parameters: number; config: Record<string, unknown> }[];
};

test.each(gallery)('$repository: parameters, configuration and download size agree with what is published', (model) => {
  const published = models.find(({ name }) => model.repository.endsWith(`/${name}`));
  expect(published?.config).toMatchObject(model.config);
  expect(model.parameters).toBe(published?.parameters);
  const config = parseModelConfig(model.config, null);
  expect(config).toEqual(parseModelConfig(published?.config, null));
  const stored = wantedTensors(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
  // 16-bit weights and the file's header; Qwen3-0.6B's file holds its tied head a second time.
  const doubled = model.repository === 'Qwen/Qwen3-0.6B' ? config.vocabSize * config.hiddenSize : 0;
  const aside = model.downloadBytes - 2 * (stored + doubled);
  expect(aside).toBeGreaterThan(1e6);
  expect(aside).toBeLessThan(12e6);
});

test('smallest download first, no repository twice', () => {
  const sizes = gallery.map(({ downloadBytes }) => downloadBytes);
  expect(sizes).toEqual([...sizes].sort((one, other) => one - other));
  expect(new Set(gallery.map(({ repository }) => repository)).size).toBe(gallery.length);
});
