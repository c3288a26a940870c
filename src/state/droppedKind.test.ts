import { expect, test } from 'vitest';
import { droppedKind } from './droppedKind';

test.each([
  [['manifest.json', 'run.json', 'events.jsonl', 'adapter/adapter_config.json'], 'run'],
  [['island/adapter_config.json', 'island/adapter_model.safetensors', 'island/README.md'], 'adapter'],
  [['m/config.json', 'm/model.safetensors'], 'model'],
  [['m/config.json', 'm/model.safetensors', 'm/adapter_config.json'], 'model'],
  [['__MACOSX/config.json', 'manifest.json', 'rows.jsonl'], null],
  [[], null],
] as const)('%j is %s', (paths, kind) => {
  expect(droppedKind(paths)).toBe(kind);
});
