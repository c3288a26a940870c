import type { Page } from 'playwright-core';

export interface StepLine {
  step: number;
  tokens: number;
  /** What the step took by itself, without evaluations, samples and checkpoints. */
  ms: number;
}

/** The steps of the only run that the page keeps, from the lines of its events in storage. */
export async function keptEvents(page: Page): Promise<StepLine[]> {
  const texts = await page.evaluate(async () => {
    const found: string[] = [];
    const walk = async (folder: FileSystemDirectoryHandle): Promise<void> => {
      for await (const handle of folder.values())
        if (handle.kind === 'directory') await walk(handle);
        else if (handle.name.startsWith('events')) found.push(await (await handle.getFile()).text());
    };
    await walk(await navigator.storage.getDirectory());
    return found;
  });
  const lines = texts.flatMap((text) => text.split('\n').filter((line) => line.startsWith('{')));
  return (
    lines
      // A checksum stands behind each, after a tab.
      .map((line) => JSON.parse(line.split('\t')[0] ?? '') as { event: string } & StepLine)
      .filter(({ event }) => event === 'step')
      .map(({ step, tokens, ms }) => ({ step, tokens, ms }))
  );
}
