import { modelIsHeld } from '../../state/openHub';
import { openLocalModel } from '../../state/openLocal';
import { useRun } from '../../state/runStore';
import { FolderOrZip } from '../common/FolderOrZip';

/** A model folder, or a zip of one, from this computer. */
export function LocalModel() {
  useRun((state) => state.status);
  return (
    <>
      <p className="note">
        A folder as Hugging Face ships it (config.json, tokenizer.json, *.safetensors), or a zip of one. It can also be
        dropped anywhere on the page. It is read where it lies and never leaves this machine.
      </p>
      <FolderOrZip what="a model" unavailable={modelIsHeld()} onFiles={(files) => void openLocalModel(files)} />
    </>
  );
}
