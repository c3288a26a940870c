/** Files about the data in use that a person can take away. */
import { clients } from './clients';
import { useDataset } from './datasetStore';
import { setNotice } from './viewStore';

export const downloads = [
  { id: 'markdown', label: 'Report (Markdown)', ending: 'report.md' },
  { id: 'json', label: 'Report (JSON)', ending: 'report.json' },
  { id: 'broken', label: 'Broken rows (JSONL)', ending: 'broken.jsonl' },
  { id: 'used', label: 'Data as used (JSONL)', ending: 'used.jsonl' },
] as const;
export type Download = (typeof downloads)[number];

/** The file's name without its endings. */
export const stem = (fileName: string): string =>
  fileName.replace(/\.gz$/i, '').replace(/(\.(jsonl|ndjson|json|txt|csv|tsv|parquet))+$/i, '') || 'data';

async function content(id: Download['id']): Promise<Blob> {
  const { data } = clients();
  if (id === 'broken') return data.brokenRowsFile();
  if (id === 'used') return data.editedFile();
  return data.report(id);
}

/** Makes a file in the worker and hands it to the browser's downloads. Resolves to whether that worked. */
export async function download({ id, ending }: Download): Promise<boolean> {
  const { status } = useDataset.getState();
  if (status.kind !== 'ready') return false;
  try {
    const url = URL.createObjectURL(await content(id));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${stem(status.summary.fileName)}.${ending}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    return true;
  } catch (error) {
    setNotice(error);
    return false;
  }
}
