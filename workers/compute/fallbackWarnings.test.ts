import { expect, test } from 'vitest';
import { KernelHealth } from '../../src/kernels/fallback/kernelHealth';
import type { Engine } from '../../src/engine/device/openEngine';
import type { RunEventBody } from '../../src/protocol/run';
import { FallbackWarnings } from './fallbackWarnings';

test('each operation that falls back is said once, those of earlier too, until the run ends', () => {
  const health = new KernelHealth();
  const engine = { trouble: { fallbacks: (listener) => health.listen(listener) } } as Partial<Engine> as Engine;
  const said: RunEventBody[] = [];
  const warnings = new FallbackWarnings((event) => said.push(event));
  health.failed('matmul', 'no');
  warnings.begin(engine);
  warnings.begin(engine);
  // Which of two hung is known when one of them does so alone.
  health.hung(['rope', 'add']);
  expect([...health.suspects]).toEqual(['rope', 'add']);
  health.hung(['rope']);
  health.failed('rope', 'again');
  expect([...health.suspects]).toEqual(['add']);
  warnings.end();
  health.failed('add', 'after the run');
  expect(said).toMatchObject([
    { event: 'warning', code: 'kernel/fallback', message: expect.stringContaining('matmul') as string },
    { event: 'warning', code: 'kernel/fallback', message: expect.stringContaining('rope') as string },
  ]);
});
