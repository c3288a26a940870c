/** Models from this computer: chosen in a dialog, or dropped on the page. */
import { TunesmithError } from '../lib/errors';
import { chosenFiles, droppedFiles, droppedModel, type PlacedFile } from '../storage/folder/droppedModel';
import { modelIsHeld } from './openHub';
import { refuseFolder } from './openData';
import { openModel } from './openModel';
import { openModels, setNotice } from './viewStore';

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

/** Whether what was dropped can be a model: a folder, or one zip. */
export const mayBeModel = (items: DataTransferItemList): boolean => {
  const entries = [...items].map((item) => item.webkitGetAsEntry());
  return (
    entries.some((entry) => entry?.isDirectory) || (entries.length === 1 && /\.zip$/i.test(entries[0]?.name ?? ''))
  );
};

/** What was dropped, where {@link mayBeModel}: a model is opened, any other folder refused by name. Call it in the event's handler. */
export async function openDropped(items: DataTransferItemList): Promise<void> {
  const folder = [...items].map((item) => item.webkitGetAsEntry()).find((entry) => entry?.isDirectory);
  try {
    const placed = await droppedFiles(items);
    if (folder && !droppedModel(placed)) refuseFolder(folder.name);
    else await openPlaced(placed);
  } catch (error) {
    if (error instanceof TunesmithError || !folder) setNotice(error);
    else refuseFolder(folder.name);
  }
}
