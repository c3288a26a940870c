import { useState } from 'react';
import type { DatasetSummary } from '../../protocol/rows';
import { download, downloads, type Download } from '../../state/downloads';
import { Button } from '../common/Button';
import { Icon } from '../common/Icon';

function reasonAgainst({ id }: Download, summary: DatasetSummary): string | null {
  if (id === 'broken' && summary.brokenRows === 0) return 'No row is broken.';
  if (id === 'used' && summary.usableRows === 0) return 'No row can be used.';
  return null;
}

/** Files about the data: the report, the broken rows, the data as it is used. */
export function Downloads({ summary }: { summary: DatasetSummary }) {
  const [busy, setBusy] = useState<Download['id'] | null>(null);
  return (
    <div className="fixes">
      {downloads.map((one) => (
        <Button
          key={one.id}
          aria-busy={busy === one.id}
          unavailable={reasonAgainst(one, summary) ?? (busy === null ? null : 'A file is being made.')}
          onClick={() => {
            setBusy(one.id);
            void download(one).finally(() => setBusy(null));
          }}
        >
          <Icon name="download" />
          {one.label}
        </Button>
      ))}
    </div>
  );
}
