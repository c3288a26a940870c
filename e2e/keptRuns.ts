/** What lies in the browser's storage of runs, read by a test as a stranger would: file by file. */
import type { Page } from '@playwright/test';
import type { RunEventBody, RunRecord } from '../src/protocol/run';

export interface RunOnDisk {
  record: RunRecord;
  checkpoints: { step: number; file: string; bytes: number }[];
  adapter: { name: string; sha256: string }[];
  events: RunEventBody[];
}

export interface Disk {
  runs: RunOnDisk[];
  /** Files that nothing names. */
  orphans: string[];
  /** What is not as it was written, or missing. */
  damaged: string[];
}

/** Everything under `tunesmith/runs` and `tunesmith/rows`; checkpoints and rows are checked against their own SHA-256. */
export function readDisk(page: Page): Promise<Disk> {
  return page.evaluate(async () => {
    const files = new Map<string, File>();
    const walk = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
      for await (const entry of folder.values())
        if (entry.kind === 'file') files.set(path + entry.name, await entry.getFile());
        else await walk(entry, `${path}${entry.name}/`);
    };
    const own = await (await navigator.storage.getDirectory()).getDirectoryHandle('tunesmith');
    for (const name of ['runs', 'rows']) await walk(await own.getDirectoryHandle(name, { create: true }), `${name}/`);
    const sha256 = async (bytes: BufferSource): Promise<string> =>
      Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), (byte) =>
        byte.toString(16).padStart(2, '0'),
      ).join('');

    const runs: RunOnDisk[] = [];
    const named = new Set<string>();
    const damaged: string[] = [];
    const ids = new Set([...files.keys()].filter((path) => path.startsWith('runs/')).map((path) => path.split('/')[1]));
    for (const id of ids) {
      const folder = `runs/${id}/`;
      let newest: { sequence: number; json: string } | null = null;
      for (const name of ['run.a.json', 'run.b.json']) {
        const text = await files.get(folder + name)?.text();
        const [sum, sequence] = text?.split(' ', 2) ?? [];
        if (!text || sum !== (await sha256(new TextEncoder().encode(text.slice(65))))) continue;
        if (!newest || Number(sequence) > newest.sequence)
          newest = { sequence: Number(sequence), json: text.slice(text.indexOf(' ', 65) + 1) };
      }
      if (!newest) {
        damaged.push(`${folder}: no record`);
        continue;
      }
      const run = JSON.parse(newest.json) as Omit<RunOnDisk, 'events'> & {
        events: string;
        adapter: { file: string }[];
        model?: { file: string } | null;
      };
      for (const name of ['run.a.json', 'run.b.json', 'label.a.json', 'label.b.json']) named.add(folder + name);
      const documents = [...run.checkpoints, ...run.adapter, ...(run.model ? [run.model] : [])];
      for (const file of [run.events, ...documents.map(({ file }) => file)]) {
        named.add(folder + file);
        if (!files.has(folder + file)) damaged.push(`${folder + file}: missing`);
      }
      for (const { file, bytes } of run.checkpoints) {
        const content = new Uint8Array((await files.get(folder + file)?.arrayBuffer()) ?? new ArrayBuffer(0));
        const sum = new TextDecoder().decode(content.subarray(-64));
        if (content.length !== bytes || sum !== (await sha256(content.subarray(0, -64))))
          damaged.push(`${folder + file}: altered ${content.length} of ${bytes}, ${sum.slice(0, 8)}`);
      }
      const rows = `rows/${run.record.examplesHash}`;
      named.add(rows);
      if ((await sha256((await files.get(rows)?.arrayBuffer()) ?? new ArrayBuffer(0))) !== run.record.examplesHash)
        damaged.push(`${rows}: altered`);
      const lines = (await files.get(folder + run.events)?.text())?.split('\n') ?? [];
      if (lines.pop() !== '') damaged.push(`${folder + run.events}: ends in the middle of a line`);
      const events: RunEventBody[] = [];
      for (const line of lines) {
        const [json = '', sum] = line.split('\t');
        if (sum === (await sha256(new TextEncoder().encode(json))).slice(0, 8))
          events.push(JSON.parse(json) as RunEventBody);
        else damaged.push(`${folder + run.events}: ${line}`);
      }
      runs.push({ ...run, events });
    }
    return { runs, damaged, orphans: [...files.keys()].filter((path) => !named.has(path)) };
  });
}

/** What a run computed: the same for the same configuration on one device, however often it was interrupted. */
export function computed({ events, record, adapter }: RunOnDisk): unknown {
  const curve = events.flatMap((event): unknown[] => {
    if (event.event === 'step') return [{ ...event, ms: 0 }];
    return event.event === 'eval' || event.event === 'sample' ? [event] : [];
  });
  const weights = adapter.find(({ name }) => name === 'adapter_model.safetensors')?.sha256;
  const { status, steps, bestStep, configHash } = record;
  return { curve, weights, status, steps, bestStep, configHash };
}

/** Changes a checkpoint on disk: cut to so many bytes, or one byte altered. The run must not be going on. */
export function harmCheckpoint(
  page: Page,
  runId: string,
  file: string,
  harm: { cutTo: number } | { alterAt: number },
): Promise<void> {
  return page.evaluate(
    async ({ runId, file, harm }) => {
      const own = await (await navigator.storage.getDirectory()).getDirectoryHandle('tunesmith');
      const folder = await (await own.getDirectoryHandle('runs')).getDirectoryHandle(runId);
      const handle = await folder.getFileHandle(file);
      const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
      if ('alterAt' in harm) bytes[harm.alterAt]! ^= 1;
      const stream = await handle.createWritable();
      await stream.write('cutTo' in harm ? bytes.slice(0, harm.cutTo) : bytes);
      await stream.close();
    },
    { runId, file, harm },
  );
}
