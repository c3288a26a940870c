/** What a folder or a zip holds, by the names in it. Pure. */
import { modelRoot } from '../storage/folder/folderRoot';

export type DroppedKind = 'model' | 'adapter' | 'run';

/** A run exported by this page, a model (an adapter beside it does not count), or an adapter in PEFT's layout; null for anything else. */
export function droppedKind(paths: readonly string[]): DroppedKind | null {
  if (paths.includes('manifest.json') && paths.includes('run.json')) return 'run';
  if (modelRoot(paths) !== null) return 'model';
  return paths.some((path) => path.split('/').at(-1) === 'adapter_config.json') ? 'adapter' : null;
}
