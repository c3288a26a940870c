/** What a zip says that it holds. */

/** A list of contents may go on for ever; nothing that is opened here holds as many files. */
const mostEntries = 20_000;

/** Paths of a zip's files, with slashes, the first 20,000; empty for what is no zip: whoever opens it says why. */
export async function pathsOfZip(zip: File): Promise<string[]> {
  const { ZipReader, BlobReader, configure } = await import('@zip.js/zip.js/lib/zip-core-custom.js');
  configure({ useWebWorkers: false });
  const paths: string[] = [];
  try {
    for await (const { directory, filename } of new ZipReader(new BlobReader(zip)).getEntriesGenerator()) {
      if (!directory) paths.push(filename);
      if (paths.length === mostEntries) break;
    }
    return paths;
  } catch {
    return [];
  }
}
