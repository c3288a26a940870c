/** A held-out file and the recipe that names it: one never holds without the other. */
import { beforeEach, expect, test, vi } from 'vitest';
import { replaceClients, type Clients } from './clients';
import { useDataset } from './datasetStore';
import { showHistory } from './editsStore';
import { openHeldOut, useHeldOut } from './heldOutStore';
import { forgetRead } from './keptEdits';
import { openFiles } from './openData';
import { readiness } from './readiness';
import { editRecipe, resetRecipe, useRecipe } from './recipeStore';
import { fakeClients } from './testing/fakeClients';
import { fakeNavigator } from './testing/fakeDisk';

const row = JSON.stringify({
  messages: [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Yo' },
  ],
});
const file = (name: string): File => new File([[row, row, row].join('\n')], name);
let both: Clients;
/** Names of the files that the worker was given to hold out, null where it was told to let one go. */
let held: (string | null)[];

beforeEach(async () => {
  vi.stubGlobal('navigator', fakeNavigator());
  both = fakeClients();
  held = [];
  const open = both.data.openHeldOut.bind(both.data);
  both.data.openHeldOut = (split, one, ...others) => {
    held.push(one?.name ?? null);
    return open(split, one, ...others);
  };
  useHeldOut.setState({ validation: null, test: null });
  replaceClients(both);
  resetRecipe();
  forgetRead();
  showHistory(null, null);
  await openFiles([file('rows.jsonl')]);
  expect(await openHeldOut('validation', file('val.jsonl'))).toBe(true);
});

const named = (): number | string => useRecipe.getState().recipe.dataset.validation;

test('a recipe that goes back to a share lets the file go, in the worker too; one that names it again has it back', async () => {
  const before = useRecipe.getState().edits;
  resetRecipe();
  await vi.waitFor(() => expect(held).toEqual(['val.jsonl', null]));
  expect(useHeldOut.getState().validation).toBeNull();
  expect(named()).toBe(0.1);
  editRecipe('dataset.validation', before['dataset.validation']);
  await vi.waitFor(() => expect(useHeldOut.getState().validation?.status.kind).toBe('ready'));
  expect(held).toEqual(['val.jsonl', null, 'val.jsonl']);
  expect(named()).toBe('val.jsonl');
});

test('other data takes the file away for good', async () => {
  await openFiles([file('other.jsonl')]);
  expect(useHeldOut.getState().validation).toBeNull();
  editRecipe('dataset.validation', 'val.jsonl');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(held).toEqual(['val.jsonl', null]);
});

test('no run begins while a validation file is being read, or where the one that the recipe names can’t be', () => {
  const facts = {
    device: { kind: 'ready', facts: {} as never },
    weights: { kind: 'ready', facts: {} as never },
    tokenizer: { kind: 'ready', facts: {} as never, specialIds: new Set<number>() },
    dataset: useDataset.getState().status,
    recipe: useRecipe.getState().recipe,
  } as const;
  const { validation } = useHeldOut.getState();
  if (!validation) throw new Error('nothing is held out');
  const { file: heldFile } = validation;
  expect(readiness({ ...facts, validation })).toMatchObject({ ready: true });
  expect(readiness({ ...facts, validation: { file: heldFile, status: { kind: 'reading', progress: null } } })).toEqual({
    ready: false,
    waiting: true,
    reason: 'reading val.jsonl',
  });
  const error = { code: 'data/empty-file', message: 'val.jsonl: has no rows' };
  const failed = { file: heldFile, status: { kind: 'failed', error } } as const;
  expect(readiness({ ...facts, validation: failed })).toMatchObject({ ready: false, waiting: false });
  // One that was only tried: what was held out before still is.
  expect(readiness({ ...facts, validation: { ...failed, file: file('tried.jsonl') } })).toMatchObject({ ready: true });
});
