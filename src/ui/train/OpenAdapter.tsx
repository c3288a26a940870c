import { useState } from 'react';
import type { ErrorRecord } from '../../lib/errors';
import { openAdapter } from '../../state/openAdapter';
import { ErrorCard } from '../common/ErrorCard';
import { FolderOrZip } from '../common/FolderOrZip';

/** A PEFT adapter from this computer, as a folder or a zip. `unavailable`: why not now. */
export function OpenAdapter({ unavailable }: { unavailable: string | null }) {
  const [error, setError] = useState<ErrorRecord | null>(null);
  return (
    <>
      <FolderOrZip
        what="an adapter"
        unavailable={unavailable}
        onFiles={(files) => void openAdapter(files).then(setError)}
      />
      {error && <ErrorCard error={error} />}
    </>
  );
}
