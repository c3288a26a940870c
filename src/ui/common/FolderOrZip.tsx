import { useRef, type ChangeEvent, type InputHTMLAttributes } from 'react';
import { Button } from './Button';
import { Icon } from './Icon';

interface Props {
  /** What is chosen, with its article: "a model". */
  what: string;
  /** Why not now; null where it may be. */
  unavailable: string | null;
  onFiles: (files: File[]) => void;
}

/** Lets the file input take a whole folder; the attribute is not in React's types. */
const folderInput = { webkitdirectory: '' } as InputHTMLAttributes<HTMLInputElement>;

/** Two buttons that open a folder, or a zip of one, from this computer. */
export function FolderOrZip({ what, unavailable, onFiles }: Props) {
  const folder = useRef<HTMLInputElement>(null);
  const zip = useRef<HTMLInputElement>(null);
  const take = ({ target }: ChangeEvent<HTMLInputElement>): void => {
    const files = [...(target.files ?? [])];
    // The same folder may be chosen again.
    target.value = '';
    if (files.length > 0) onFiles(files);
  };
  return (
    <div className="field-line">
      <Button unavailable={unavailable} onClick={() => folder.current?.click()}>
        <Icon name="file" />
        Choose a folder
      </Button>
      <Button unavailable={unavailable} onClick={() => zip.current?.click()}>
        <Icon name="file" />
        Choose a zip
      </Button>
      <input
        {...folderInput}
        ref={folder}
        className="hidden"
        type="file"
        tabIndex={-1}
        aria-label={`Choose ${what} folder`}
        onChange={take}
      />
      <input
        ref={zip}
        className="hidden"
        type="file"
        accept=".zip,application/zip"
        tabIndex={-1}
        aria-label={`Choose ${what} zip`}
        onChange={take}
      />
    </div>
  );
}
