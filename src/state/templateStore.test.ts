import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DataApi, MaskEffect, TemplateReport } from '../protocol/dataApi';
import { TunesmithError } from '../lib/errors';
import type { Recipe } from '../recipe/schema';
import { clients, replaceClients } from './clients';
import { openFile } from './datasetStore';
import { editRecipe, resetRecipe, useRecipe } from './recipeStore';
import {
  applyDraft,
  chooseTemplate,
  dropDraft,
  editDraft,
  importTemplate,
  loadTemplate,
  undoTemplate,
  useTemplate,
} from './templateStore';
import { fakeClients } from './testing/fakeClients';

const own = '{{ messages[0].content }}';
const report = (text: string): TemplateReport => ({
  error: text.includes('{%')
    ? { code: 'template/invalid', message: 'chat template: unclosed', data: { line: 1, column: 3 } }
    : null,
  variables: [],
  hasGenerationTags: false,
  family: null,
  specialTokens: [],
  sample: null,
  sampleRow: null,
  sampleError: null,
});

let looks: string[] = [];
let measured: string[] = [];

beforeEach(async () => {
  looks = [];
  measured = [];
  resetRecipe();
  const fakes = fakeClients();
  const data: Partial<DataApi> = {
    templateSource: ({ template }) =>
      Promise.resolve({
        text: template.source === 'custom' ? (template.text ?? '') : template.source === 'preset' ? 'preset' : own,
        original: own,
        origin: template.source,
      }),
    inspectTemplate: (text) => {
      looks.push(text);
      return Promise.resolve(report(text));
    },
    previewEffect: ({ template }) => {
      measured.push(template.text ?? '');
      return Promise.resolve({ rows: 3 } as MaskEffect);
    },
  };
  Object.assign(fakes.data, data);
  replaceClients(fakes);
  dropDraft();
  await openFile(new File(['{"messages": [{"role": "user", "content": "a"}]}'], 'a.jsonl'), false);
  await loadTemplate();
  looks = [];
});
afterEach(() => {
  vi.useRealTimers();
  replaceClients(null);
});

test('typing is looked at when it pauses, once, and only the last text is measured', async () => {
  vi.useFakeTimers();
  for (const text of ['a', 'ab', 'abc']) {
    editDraft(text);
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(looks).toEqual([]);
  await vi.advanceTimersByTimeAsync(300);
  expect(looks).toEqual(['abc']);
  expect(measured).toEqual(['abc']);
  expect(useTemplate.getState().effect).toEqual({ kind: 'ready', effect: { rows: 3 } });
  expect(useRecipe.getState().recipe.template.source).toBe('model');
});

test('a text with an error is reported and not measured; the text in force again is no draft', async () => {
  vi.useFakeTimers();
  editDraft('{% if');
  await vi.advanceTimersByTimeAsync(300);
  expect(useTemplate.getState().draftReport?.error?.data).toEqual({ line: 1, column: 3 });
  expect(measured).toEqual([]);
  editDraft(own);
  await vi.advanceTimersByTimeAsync(300);
  expect(useTemplate.getState()).toMatchObject({ draft: null, draftReport: null, effect: { kind: 'none' } });
});

test('a draft takes force as a custom template, and can be undone', async () => {
  editDraft('mine');
  applyDraft();
  expect(useRecipe.getState().recipe.template).toMatchObject({ source: 'custom', text: 'mine' });
  await loadTemplate();
  expect(useTemplate.getState()).toMatchObject({ draft: null, source: { text: 'mine' } });
  undoTemplate();
  expect(useRecipe.getState().recipe.template).toMatchObject({ source: 'model', text: null });
  expect(useTemplate.getState().before).toBeNull();
});

test('a preset is chosen and left again; custom begins with the text in force', async () => {
  await chooseTemplate('zephyr');
  expect(useRecipe.getState().recipe.template).toMatchObject({ source: 'preset', preset: 'zephyr' });
  await loadTemplate();
  await chooseTemplate('custom');
  expect(useRecipe.getState().recipe.template).toMatchObject({ source: 'custom', text: 'preset' });
  await chooseTemplate('model');
  expect(useRecipe.getState().recipe.template).toMatchObject({ source: 'model', preset: null });
});

test('undo takes back what was chosen here, not what was set beside it since', async () => {
  await chooseTemplate('zephyr');
  editRecipe('template.variables', { tone: 'kind' });
  editRecipe('template.enable_thinking', true);
  undoTemplate();
  expect(useRecipe.getState().recipe.template).toMatchObject({
    source: 'model',
    preset: null,
    variables: { tone: 'kind' },
    enable_thinking: true,
  });
  resetRecipe();
});

test('a model without a template: none of another stays in sight, and a custom one begins with ChatML', async () => {
  Object.assign(clients().data, {
    templateSource: ({ template }: Recipe) =>
      template.source === 'model'
        ? Promise.reject(new TunesmithError('template/missing', 'this model has no chat template'))
        : Promise.resolve({ text: template.text ?? 'preset', original: 'preset', origin: template.source }),
  });
  await loadTemplate();
  expect(useTemplate.getState()).toMatchObject({ source: null, report: null, error: { code: 'template/missing' } });
  await chooseTemplate('custom');
  expect(useRecipe.getState().recipe.template).toMatchObject({ source: 'custom', text: 'preset', preset: null });
  await loadTemplate();
  expect(useTemplate.getState()).toMatchObject({ source: { text: 'preset' }, error: null });
});

test('a file is read as UTF-8 with its line ends made plain, or refused with what to do', async () => {
  expect(await importTemplate(new File(['x\r\ny'], 'a.jinja'))).toBeNull();
  expect(useTemplate.getState().draft).toBe('x\ny');
  expect(await importTemplate(new File([Uint8Array.of(0xff, 0xfe)], 'b.jinja'))).toMatch(/must be UTF-8 text; save/);
  expect(await importTemplate(new File([new Uint8Array(1_000_001)], 'c.jinja'))).toMatch(/at most 1 MB/);
});
