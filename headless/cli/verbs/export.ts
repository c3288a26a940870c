import { createHash } from 'node:crypto';
import { TunesmithError } from '../../../src/lib/errors';
import { needAdapter, needModel } from '../input';
import type { OptionsOf } from '../options';
import { writeFolder } from '../outputFolder';
import { needOutput, notWritten } from '../outputPlace';
import { RunFailure } from '../runFailure';
import { receiveAdapter, withModel } from '../withModel';

/** `export`: writes a bundle. So far the adapter in PEFT's layout; the other formats say that they are missing. */
export async function exportVerb(options: OptionsOf<'export'>): Promise<void> {
  if (options.format !== 'peft')
    throw new TunesmithError('options/not-yet', `--format: ${options.format} is not written yet; use peft`);
  if (options.adapter === undefined)
    throw new TunesmithError('options/missing-option', 'export: --format peft needs --adapter');
  const model = needModel(options.model);
  const adapter = needAdapter(options.adapter);
  needOutput(options.out);
  const files = await withModel({ model, adapter, backend: options.backend }, ({ studio }) => receiveAdapter(studio));
  try {
    writeFolder(options.out, files);
  } catch (error) {
    throw new RunFailure(notWritten(options.out, error));
  }
  const listed = files.map(({ name, bytes }) => ({
    name,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }));
  process.stdout.write(`${JSON.stringify({ format: options.format, out: options.out, files: listed })}\n`);
}
