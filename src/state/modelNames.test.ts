import { expect, test } from 'vitest';
import { keptRun } from './testing/keptRun';
import { modelName, trainedModelName } from './modelNames';

const builtin = { kind: 'url', baseUrl: 'https://a.test/models/builtin/', name: 'builtin' } as const;

test('the model in use is called as a person knows it', () => {
  expect(modelName(null)).toBe('Built-in');
  expect(modelName(builtin)).toBe('Built-in');
});

test('a kept run says so too; one on files of this computer has kept their name', () => {
  const { model } = keptRun().record;
  expect(trainedModelName({ ...model, source: builtin })).toBe('Built-in');
  expect(trainedModelName({ ...model, name: 'my-folder', source: null })).toBe('my-folder');
});
