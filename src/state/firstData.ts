/** The data that a visit begins with. */
import { tokenizerIs } from './modelStore';
import { hasBegun, restoreData } from './openData';
import { openLastSample } from './samplesStore';

/**
 * The kept file of an earlier visit, else a sample set, as soon as there is a tokenizer: where the first one could not be opened,
 * that of the model that is chosen then. Nothing where a person was faster.
 */
export async function openFirstData(): Promise<void> {
  await tokenizerIs((kind) => kind === 'ready');
  if (hasBegun() || (await restoreData())) return;
  await openLastSample();
}
