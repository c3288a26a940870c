import type { KeptRun, RunRecord } from '../../protocol/run';
import { defaultRecipe } from '../../recipe/schema';

/** A kept run for tests; what is given stands in place of the usual. */
export function keptRun({
  label,
  bytes = 1_000_000,
  hasAdapter = true,
  hasModel = false,
  ...record
}: Partial<RunRecord> & Partial<Omit<KeptRun, 'record'>> = {}): KeptRun {
  return {
    record: {
      version: 1,
      id: 'a',
      configHash: '0123456789abcdef'.repeat(4),
      status: 'completed',
      error: null,
      recipe: defaultRecipe(),
      recipeHash: 'r',
      dataHash: 'd',
      dataName: 'rows.jsonl',
      examplesHash: 'e',
      changesHash: 'none',
      model: { name: 'builtin', source: null, parameters: 4_200_000, fingerprint: null, weightDtype: 'f32' },
      device: { backend: 'wasm', adapter: 'CPU' },
      startsFresh: true,
      trainableParameters: 1000,
      rows: 90,
      validationRows: 10,
      totalSteps: 60,
      steps: 60,
      bestStep: 50,
      checkpoints: [50, 60],
      trainingMs: 12_000,
      forecastBytes: 60_000_000,
      peakBytes: 58_000_000,
      parent: null,
      control: null,
      createdAt: Date.UTC(2026, 0, 2, 12),
      updatedAt: Date.UTC(2026, 0, 2, 13),
      ...record,
    },
    label: label ?? { name: '', tags: [], note: '' },
    bytes,
    hasAdapter,
    hasModel,
  };
}
