/** Data that is chosen while other data is on its way: the last choice is what is open. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { replaceClients, type Clients } from './clients';
import { useDataset } from './datasetStore';
import { openFirstData } from './firstData';
import { useHeldOut } from './heldOutStore';
import { forgetRead } from './keptEdits';
import { builtinSource, openTokenizer, useModel } from './modelStore';
import { forgetOpenings } from './openData';
import { resetRecipe } from './recipeStore';
import { openOwnFiles, openSample, useSamples } from './samplesStore';
import { fakeClients } from './testing/fakeClients';
import { fakeNavigator } from './testing/fakeDisk';
import { memorySettings } from './testing/memorySettings';

const row = JSON.stringify({
  messages: [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Yo' },
  ],
});
const file = (name: string): File => new File([row], name);
const sample = (id: string) => ({
  id,
  title: id,
  description: '',
  file: `${id}.jsonl`,
  license: '',
  suggestedQuestions: [],
  ordinaryQuestions: [],
  recipe: {},
});
/** Lets the file of a sample arrive. */
const arrive = new Map<string, () => void>();
let both: Clients;

beforeEach(async () => {
  vi.stubGlobal('navigator', fakeNavigator());
  vi.stubGlobal('localStorage', memorySettings());
  vi.stubGlobal('document', { baseURI: 'https://a.test/' });
  vi.stubGlobal('fetch', (url: string) =>
    url.endsWith('.jsonl')
      ? new Promise((resolve) => arrive.set(new URL(url).pathname.slice(9, -6), () => resolve(new Response(row))))
      : Promise.resolve(new Response('', { status: 404 })),
  );
  arrive.clear();
  both = fakeClients();
  replaceClients(both);
  resetRecipe();
  forgetRead();
  forgetOpenings();
  useDataset.setState({ status: { kind: 'empty' }, file: null });
  useHeldOut.setState({ validation: null, test: null });
  useSamples.setState({ samples: [sample('slow'), sample('quick')], current: null });
  await openTokenizer(builtinSource());
});
afterEach(() => {
  vi.unstubAllGlobals();
  useModel.setState({ tokenizer: { kind: 'idle' } });
});

const open = (): string | undefined => useDataset.getState().file?.name;
const arrived = async (id: string): Promise<void> => {
  await vi.waitFor(() => expect(arrive.has(id)).toBe(true));
  arrive.get(id)?.();
};

test('of two samples the one chosen last is open, whichever comes first', async () => {
  const slow = openSample('slow');
  const quick = openSample('quick');
  await arrived('quick');
  expect(await quick).toBe(true);
  await arrived('slow');
  expect(await slow).toBe(false);
  expect(open()).toBe('quick.jsonl');
  expect(useSamples.getState().current?.id).toBe('quick');
});

test('a sample that comes late does not take the place of a person’s own file', async () => {
  const late = openSample('slow');
  expect(await openOwnFiles([file('mine.jsonl')])).toBe(true);
  await arrived('slow');
  expect(await late).toBe(false);
  expect(open()).toBe('mine.jsonl');
  expect(useSamples.getState().current).toBeNull();
});

test('the first data waits for a tokenizer, also for one that comes only after another model was chosen', async () => {
  both.data.openModel = () => Promise.reject(new Error('no such file'));
  expect(await openTokenizer(builtinSource())).toBe(false);
  const first = openFirstData();
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(useDataset.getState().status.kind).toBe('empty');
  const working = fakeClients().data;
  both.data.openModel = (source) => working.openModel(source);
  await openTokenizer(builtinSource());
  await arrived('slow');
  await first;
  expect(open()).toBe('slow.jsonl');
});

test('a file that is dropped before the tokenizer is there is opened when it is, and no sample instead', async () => {
  const openModel = both.data.openModel.bind(both.data);
  let go: () => void = () => undefined;
  both.data.openModel = async (source) => {
    await new Promise<void>((resolve) => (go = resolve));
    return openModel(source);
  };
  const tokenizer = openTokenizer(builtinSource());
  const first = openFirstData();
  const mine = openOwnFiles([file('mine.jsonl')]);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(open()).toBeUndefined();
  go();
  await Promise.all([tokenizer, first]);
  expect(await mine).toBe(true);
  expect(open()).toBe('mine.jsonl');
  expect(arrive.size).toBe(0);
});
