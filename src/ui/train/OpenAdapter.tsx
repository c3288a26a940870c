import { useRef, useState, type InputHTMLAttributes } from 'react';
import type { ErrorRecord } from '../../lib/errors';
import { openAdapter } from '../../state/openAdapter';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';

/** Lets the file input take a whole folder; the attribute is not in React's types. */
const folderInput = { webkitdirectory: '' } as InputHTMLAttributes<HTMLInputElement>;

/** A PEFT adapter from this computer, as a folder or a zip. `unavailable`: why not now. */
export function OpenAdapter({ unavailable }: { unavailable: string | null }) {
  const folder = useRef<HTMLInputElement>(null);
  const zip = useRef<HTMLInputElement>(null);
  const [error, setError] = useState<ErrorRecord | null>(null);
  const take = async (input: HTMLInputElement): Promise<void> => {
    const files = [...(input.files ?? [])];
    input.value = '';
    if (files.length > 0) setError(await openAdapter(files));
  };
  return (
    <>
      <div className="source">
        <Button unavailable={unavailable} onClick={() => folder.current?.click()}>
          Open a folder
        </Button>
        <Button unavailable={unavailable} onClick={() => zip.current?.click()}>
          Open a zip
        </Button>
        <input
          {...folderInput}
          ref={folder}
          className="hidden"
          type="file"
          tabIndex={-1}
          aria-label="Choose an adapter folder"
          onChange={(event) => void take(event.target)}
        />
        <input
          ref={zip}
          className="hidden"
          type="file"
          accept=".zip,application/zip"
          tabIndex={-1}
          aria-label="Choose an adapter zip"
          onChange={(event) => void take(event.target)}
        />
      </div>
      {error && <ErrorCard error={error} />}
    </>
  );
}
