import { expect, test } from 'vitest';
import { whyNotAsk, type ChatFacts } from './chatReady';

const ready: ChatFacts = {
  device: { kind: 'ready', facts: {} as never },
  weights: { kind: 'ready', facts: {} as never },
  tokenizer: { kind: 'ready', facts: {} as never, specialIds: new Set() },
  answering: false,
};
const error = { code: 'device/none', message: 'nothing' };

test('why nothing can be asked now', () => {
  expect(whyNotAsk(ready)).toBeNull();
  expect(whyNotAsk({ ...ready, answering: true })).toBe('An answer is being written');
  expect(whyNotAsk({ ...ready, weights: { kind: 'idle' } })).toBe('The model is loading');
  // Nothing is loaded, and nothing will be.
  expect(whyNotAsk({ ...ready, weights: { kind: 'idle' }, device: { kind: 'failed', error } })).toBe(
    'Nothing here can compute',
  );
  expect(whyNotAsk({ ...ready, weights: { kind: 'failed', error } })).toBe('The model could not be loaded');
});
