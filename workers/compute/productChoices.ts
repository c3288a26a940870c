import { isChoices, tryProducts } from '../../src/kernels/matmul/trial';
import type { ProductChoices } from '../../src/kernels/matmul/variants';
import type { AdapterFacts } from '../../src/kernels/runtime/webgpuDevice';
import type { WebgpuRunner } from '../../src/kernels/runtime/webgpuRunner';
import { tuningOf } from '../../src/kernels/runtime/webgpuTuning';
import { keepFolder, keptFolder } from '../../src/storage/keep';

const folderName = 'product-choices';

/**
 * How this adapter computes its products: as found out the first time (rule 22: the same device gives the same bits, so a choice
 * stays), else by a trial now, which is kept where the browser keeps anything.
 */
export async function productChoices(runner: WebgpuRunner, adapter: AdapterFacts): Promise<ProductChoices> {
  const device = [adapter.vendor, adapter.architecture, adapter.device, adapter.description].join(' | ');
  const note = (await keptFolder(folderName))?.note as { device?: unknown; choices?: unknown } | undefined;
  if (note?.device === device && isChoices(note.choices)) return note.choices;
  const choices = await tryProducts(runner, tuningOf(runner.device));
  if (Object.keys(choices).length > 0) await keepFolder(folderName, [], { device, choices });
  return choices;
}
