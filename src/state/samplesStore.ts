/** The sample sets that come with the page (`public/samples/samples.json`). */
import { create } from 'zustand';
import { z } from 'zod';
import { TunesmithError } from '../lib/errors';
import { forgetFile, openFile } from './datasetStore';
import { siteUrl } from './modelStore';
import { leaves } from './recipePaths';
import { setSampleRecommendation } from './recipeStore';
import { setNotice } from './viewStore';

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

/** Opens a sample set in place of the present data. */
export async function openSample(id: string): Promise<boolean> {
  const sample = useSamples.getState().samples.find((one) => one.id === id);
  if (!sample) return false;
  try {
    const blob = await (await fetchFile(`samples/${sample.file}`)).blob();
    setSampleRecommendation(leaves(sample.recipe));
    useSamples.setState({ current: sample });
    void forgetFile();
    return await openFile(new File([blob], sample.file), false);
  } catch (error) {
    setNotice(error);
    return false;
  }
}

/** Opens a person's own file; it is kept, so that a refresh finds it. */
export async function openOwnFile(file: File): Promise<boolean> {
  useSamples.setState({ current: null });
  return openFile(file, true);
}
