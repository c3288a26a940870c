import { useRef, type InputHTMLAttributes } from 'react';
import { openLocalModel } from '../../state/openLocal';
import { modelIsHeld } from '../../state/openHub';
import { useRun } from '../../state/runStore';
import { Button } from '../common/Button';
import { Icon } from '../common/Icon';

/** Lets the file input take a whole folder; the attribute is not in React's types. */
const folderInput = { webkitdirectory: '' } as InputHTMLAttributes<HTMLInputElement>;

/** A model folder, or a zip of one, from this computer. */
export function LocalModel() {
  const folder = useRef<HTMLInputElement>(null);
  const zip = useRef<HTMLInputElement>(null);
  useRun((state) => state.status);
  const held = modelIsHeld();
  const take = (list: FileList | null): void => {
    const files = [...(list ?? [])];
    if (files.length > 0) void openLocalModel(files);
  };
  return (
    <>
      <p className="note">
        A folder as Hugging Face ships it (config.json, tokenizer.json, *.safetensors), or a zip of one. It can also be
        dropped anywhere on the page. It is read where it lies and never leaves this machine.
      </p>
      <div className="field-line">
        <Button unavailable={held} onClick={() => folder.current?.click()}>
          <Icon name="file" />
          Choose a folder
        </Button>
        <Button unavailable={held} onClick={() => zip.current?.click()}>
          <Icon name="file" />
          Choose a zip
        </Button>
        <input
          {...folderInput}
          ref={folder}
          className="hidden"
          type="file"
          tabIndex={-1}
          aria-label="Choose a model folder"
          onChange={(event) => {
            take(event.target.files);
            event.target.value = '';
          }}
        />
        <input
          ref={zip}
          className="hidden"
          type="file"
          accept=".zip,application/zip"
          tabIndex={-1}
          aria-label="Choose a model zip"
          onChange={(event) => {
            take(event.target.files);
            event.target.value = '';
          }}
        />
      </div>
    </>
  );
}
