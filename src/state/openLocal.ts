/** What comes from this computer as a folder or a zip: models chosen in a dialog; models, adapters and runs dropped on the page. */
import { fromErrorRecord, TunesmithError } from '../lib/errors';
import { chosenFiles, droppedFiles, droppedModel, type PlacedFile } from '../storage/folder/droppedModel';
import { pathsOfZip } from '../storage/zip/pathsOfZip';
import { droppedKind } from './droppedKind';
import { openAdapter } from './openAdapter';
import { modelIsHeld } from './openHub';
import { refuseFolder } from './openData';
import { openModel } from './openModel';
import { importRuns } from './runs/historyStore';
import { openModels, openPane, openRuns, setNotice } from './viewStore';

/** Opens the model among files; says so where there is none. */
async function openPlaced(placed: readonly PlacedFile[]): Promise<void> {
  const held = modelIsHeld();
  const source = droppedModel(placed);
  if (source && held === null) {
    openModels();
    await openModel(source);
    return;
  }
  setNotice(
    source
      ? new TunesmithError('train/busy', `model: ${held ?? ''}`)
      : new TunesmithError(
          'model/not-a-folder',
          `model: a folder with a config.json in it, or one zip of such a folder, is needed, got ${placed.length} other files; choose the model's own folder`,
        ),
  );
}

/** Files chosen in a dialog: a whole folder's, or one zip. */
export const openLocalModel = (files: readonly File[]): Promise<void> => openPlaced(chosenFiles(files));

/** Whether a folder, or one zip, was dropped: a model, an adapter or a run, but no data. */
export const isFolderOrZip = (items: DataTransferItemList): boolean => {
  const entries = [...items].map((item) => item.webkitGetAsEntry());
  return (
    entries.some((entry) => entry?.isDirectory) || (entries.length === 1 && /\.zip$/i.test(entries[0]?.name ?? ''))
  );
};

/** Opens files that were dropped, for what they are. @param folder the dropped folder's name; null for a zip. */
async function openPlacedAs(placed: readonly PlacedFile[], folder: string | null): Promise<void> {
  const files = placed.map(({ file }) => file);
  const [first] = files;
  if (!first) return;
  const kind = droppedKind(folder === null ? await pathsOfZip(first) : placed.map(({ path }) => path));
  if (kind === 'run' && folder === null) {
    openRuns();
    await importRuns([first]);
  } else if (kind === 'adapter') {
    openPane('train');
    const refusal = await openAdapter(files, folder ?? first.name);
    if (refusal) setNotice(fromErrorRecord(refusal));
  } else if (folder !== null && kind !== 'model') refuseFolder(folder);
  else await openPlaced(placed);
}

/** What was dropped, where {@link isFolderOrZip}; a folder that is nothing known is refused by name. Call it in the event's handler. */
export async function openDropped(items: DataTransferItemList): Promise<void> {
  const folder = [...items].map((item) => item.webkitGetAsEntry()).find((entry) => entry?.isDirectory)?.name ?? null;
  let placed: PlacedFile[];
  try {
    placed = await droppedFiles(items);
  } catch (error) {
    if (error instanceof TunesmithError || folder === null) setNotice(error);
    else refuseFolder(folder);
    return;
  }
  await openPlacedAs(placed, folder);
}
