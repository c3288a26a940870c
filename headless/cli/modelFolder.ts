import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Studio } from './studio';

/** Bytes that travel at a time: a model is never whole in this process, nor in the page's. */
const pieceBytes = 2 ** 24;

/** Writes the fully tuned model that the page holds as a Hugging Face folder, piece by piece. */
export async function receiveModelFolder(studio: Studio, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const files = await studio.run(({ compute }) => compute.openExport(), null);
  for (const { name, sizeBytes } of files) await receiveFile(studio, folder, basename(name), sizeBytes);
}

/** A reader, or a crash, meets the old file or the whole new one. */
async function receiveFile(studio: Studio, folder: string, name: string, sizeBytes: number): Promise<void> {
  const temporary = join(folder, `.${name}.${process.pid}.tmp`);
  const file = openSync(temporary, 'w');
  try {
    for (let start = 0; start < sizeBytes; start += pieceBytes) {
      const bytes = await receivePiece(studio, name, start, Math.min(start + pieceBytes, sizeBytes));
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    }
    fsyncSync(file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  renameSync(temporary, join(folder, name));
}

async function receivePiece(studio: Studio, name: string, start: number, end: number): Promise<Buffer> {
  await studio.run(
    async ({ compute }, piece) => {
      const bytes = await compute.readExport(piece.name, piece.start, piece.end);
      const sent = await fetch(piece.url, { method: 'POST', body: new Blob([bytes as BlobPart]) });
      if (!sent.ok) throw new Error(`upload of ${piece.name}: status ${sent.status}`);
    },
    { name, start, end, url: `${studio.uploadUrl}model-piece` },
  );
  return studio.takeUpload('model-piece');
}
