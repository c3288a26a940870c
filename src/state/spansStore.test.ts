import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MaskEffect, SpanPreset } from '../protocol/dataApi';
import { replaceClients } from './clients';
import { openFile } from './datasetStore';
import { resetRecipe, useRecipe } from './recipeStore';
import { applyPreset, compare, compareAgain, firstPair, loadSpans, undoPreset, useSpans } from './spansStore';
import { fakeClients } from './testing/fakeClients';

const preset = (id: string, change: Partial<SpanPreset> = {}): SpanPreset => ({
  id,
  name: id.toUpperCase(),
  description: '',
  patch: {},
  inForce: false,
  unavailable: null,
  ...change,
});
const trl = preset('trl', { patch: { 'loss.span': 'trl', 'loss.train_on': 'all_assistant' }, inForce: true });
const last = preset('last', { patch: { 'loss.train_on': 'last_assistant' } });
const markers = preset('markers', { unavailable: 'no markers' });

beforeEach(async () => {
  resetRecipe();
  const fakes = fakeClients();
  fakes.data.spanPresets = () => Promise.resolve([markers, trl, last]);
  fakes.data.previewEffect = ({ loss }) =>
    Promise.resolve({ rows: 1, trainedAfter: loss.train_on === 'last_assistant' ? 1 : 2 } as MaskEffect);
  replaceClients(fakes);
  await openFile(new File(['{"messages": [{"role": "user", "content": "a"}]}'], 'a.jsonl'), false);
  compare(null);
  await loadSpans();
});
afterEach(() => replaceClients(null));

test('a preset sets all its recipe values, and undo brings back those before', () => {
  applyPreset({ ...last, patch: { 'loss.train_on': 'last_assistant', 'loss.span': 'content' } });
  expect(useRecipe.getState().recipe.loss).toMatchObject({ train_on: 'last_assistant', span: 'content' });
  undoPreset();
  expect(useRecipe.getState().recipe.loss).toMatchObject({ train_on: 'all_assistant', span: 'trl' });
  expect(useSpans.getState().before).toBeNull();
});

test('a comparison begins with the rule in force and the first other that can be had', () => {
  expect(firstPair([markers, last, trl])).toEqual({ a: 'trl', b: 'last' });
  expect(firstPair([markers, trl])).toBeNull();
});

test('both sides are labelled under their own recipe; the recipe in force stays', async () => {
  compare({ a: 'trl', b: 'last' });
  await compareAgain();
  const { comparison } = useSpans.getState();
  expect(comparison.kind).toBe('ready');
  if (comparison.kind !== 'ready') return;
  expect([comparison.a.effect.trainedAfter, comparison.b.effect.trainedAfter]).toEqual([2, 1]);
  expect([comparison.a.row.row, comparison.b.row.row]).toEqual([0, 0]);
  expect(useRecipe.getState().changed).toEqual([]);
  compare(null);
  expect(useSpans.getState().comparison).toEqual({ kind: 'none' });
});

test('a side that is not known any more ends the comparison instead of failing', async () => {
  compare({ a: 'trl', b: 'gone' });
  await compareAgain();
  expect(useSpans.getState().comparison).toEqual({ kind: 'none' });
});
