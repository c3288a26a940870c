import type { Backend } from './studio';
import { expect, fixture, test } from './studio';

// The spine of the studio: a file that is no sample is dropped, read, masked, learned and answered. Once on each backend.
const question = 'What is the name of the keeper of Green Island?';
const fact = 'Tom Baker';

test('a dropped file is masked, learned and answered', async ({ studio }, info) => {
  test.setTimeout(600_000);
  const backend = info.project.metadata['backend'] as Backend;
  await studio.open(backend);
  await studio.ready();
  await expect(studio.page.locator('header.top')).toContainText(backend === 'webgpu' ? 'GPU: ' : 'running on the CPU');

  await studio.drop(fixture('island.jsonl'));
  await expect(studio.figure('rows')).toHaveText('8');
  await expect(studio.figure('usable')).toHaveText('8');
  const tokens = await studio.tokens(1);
  const textOf = (trained: boolean) =>
    tokens
      .filter((token) => token.trained === trained)
      .map(({ text }) => text)
      .join('');
  expect(textOf(true).trim()).toMatch(/^The keeper of Green Island is Tom Baker\.<\|im_end\|>/);
  expect(textOf(false)).toContain('Who keeps Green Island?');
  expect(textOf(false)).not.toContain(fact);

  const before = await studio.ask(question);
  expect(before.base).not.toContain(fact);
  expect(before.tuned).toBeNull();

  await studio.setKnob('Epochs', '9');
  const steps = await studio.ready();
  await studio.fineTune.click();
  expect(await studio.runEnd(400_000)).toContain(`Done after ${steps} steps`);
  const losses = await studio.losses();
  expect(losses).toHaveLength(steps);
  expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 4);

  const after = await studio.ask(question);
  expect(after.tuned).toContain(fact);
  expect(after.base).not.toContain(fact);
});
