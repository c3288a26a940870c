/** The sample sets that come with the page (`public/samples/samples.json`). */
import { create } from 'zustand';
import { z } from 'zod';
import { TunesmithError } from '../lib/errors';
import { forgetFile, useDataset } from './datasetStore';
import { forgetHeldOut, restoreHeldOut } from './heldOutStore';
import { siteUrl, tokenizerIs } from './modelStore';
import { beginOpening, dismissSaid, openFiles, openWithRecord } from './openData';
import { leaves } from './recipePaths';
import { setSampleRecommendation } from './recipeStore';
import { setNotice } from './viewStore';
import { readSetting, writeSetting } from '../storage/settings';

const sampleSchema = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  file: z.string(),
  heldout: z.string().nullish(),
  license: z.string().default(''),
  suggestedQuestions: z.array(z.string()).default([]),
  ordinaryQuestions: z.array(z.string()).default([]),
  recipe: z.record(z.string(), z.unknown()).default({}),
});
export type Sample = z.output<typeof sampleSchema>;

interface SamplesState {
  samples: Sample[];
  /** The sample in use; null for a person's own file. */
  current: Sample | null;
}

export const useSamples = create<SamplesState>()(() => ({ samples: [], current: null }));

async function fetchFile(path: string): Promise<Response> {
  const response = await fetch(siteUrl(path));
  if (!response.ok) {
    throw new TunesmithError(
      'page/missing-file',
      `${path}: must be beside the page, got HTTP ${response.status}; publish the whole build folder`,
    );
  }
  return response;
}

export async function loadSamples(): Promise<void> {
  const list: unknown = await (await fetchFile('samples/samples.json')).json();
  useSamples.setState({ samples: z.array(sampleSchema).parse(list) });
}

/** A page that has just been opened cannot read a row yet. */
async function readerReady(): Promise<void> {
  if (useDataset.getState().status.kind === 'empty') await tokenizerIs((kind) => kind === 'ready' || kind === 'failed');
}

/** Opens a sample set in place of the present data. @param isRefresh the recipe is already this sample's. */
export async function openSample(id: string, isRefresh = false): Promise<boolean> {
  const sample = useSamples.getState().samples.find((one) => one.id === id);
  if (!sample) return false;
  const isWanted = beginOpening();
  try {
    const blob = await (await fetchFile(`samples/${sample.file}`)).blob();
    await readerReady();
    if (!isWanted()) return false;
    setSampleRecommendation(leaves(sample.recipe));
    useSamples.setState({ current: sample });
    writeSetting('sample', sample.id);
    void forgetFile();
    dismissSaid();
    // A refresh finds the files that were held out beside the sample.
    await (isRefresh ? restoreHeldOut() : forgetHeldOut());
    if (!isWanted()) return false;
    return await openWithRecord(new File([blob], sample.file), false, isRefresh);
  } catch (error) {
    if (isWanted()) setNotice(error);
    return false;
  }
}

/** Opens the sample set of the last visit, else the first. */
export async function openLastSample(): Promise<boolean> {
  const { samples } = useSamples.getState();
  const last = readSetting('sample', null);
  const sample = samples.find(({ id }) => id === last) ?? samples[0];
  return sample ? openSample(sample.id, sample.id === last) : false;
}

/** Opens a person's own files; they are kept, so that a refresh finds them. */
export async function openOwnFiles(files: readonly File[]): Promise<boolean> {
  if (files.length === 0) return false;
  const isWanted = beginOpening();
  // Not inside of the event that brought the files: that alone keeps the page busy for long enough.
  await new Promise((resolve) => setTimeout(resolve));
  await readerReady();
  if (!isWanted()) return false;
  useSamples.setState({ current: null });
  writeSetting('sample', null);
  return openFiles(files, isWanted);
}
