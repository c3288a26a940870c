import { useEffect, useState } from 'react';
import { isFolderOrZip, openDropped } from '../state/openLocal';
import { openRecipeFiles, recipeFileAmong } from '../state/recipeFiles';
import { openOwnFiles } from '../state/samplesStore';
import { openPane } from '../state/viewStore';

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

/** A recipe is shown in the Train pane; anything else is data. */
async function openFiles(files: File[]): Promise<void> {
  const recipe = await recipeFileAmong(files);
  openPane(recipe ? 'train' : 'data');
  await (recipe ? openRecipeFiles([recipe]) : openOwnFiles(files));
}

/** Takes files dropped anywhere on the page (data, a recipe; a folder or zip of a model, an adapter or a run), and says so while one hovers. */
export function DropVeil() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    // Entering a child fires leave on its parent: the veil falls when as many have been left as entered.
    let depth = 0;
    const enter = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      depth += 1;
      setOver(true);
    };
    const leave = (): void => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const allow = (event: DragEvent): void => {
      if (carriesFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      depth = 0;
      setOver(false);
      if (!event.dataTransfer || !carriesFiles(event)) return;
      event.preventDefault();
      if (isFolderOrZip(event.dataTransfer.items)) {
        void openDropped(event.dataTransfer.items);
        return;
      }
      void openFiles([...event.dataTransfer.files]);
    };
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragleave', leave);
    window.addEventListener('dragover', allow);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('dragover', allow);
      window.removeEventListener('drop', drop);
    };
  }, []);
  return over ? <div className="drop-veil">Drop to read this file</div> : null;
}
