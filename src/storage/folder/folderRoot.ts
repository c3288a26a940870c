/** Which folder among many paths is the model's. Pure. */

/** Archives of a Mac carry a shadow of each file. */
const isShadow = (path: string): boolean =>
  path.startsWith('__MACOSX/') || path.split('/').at(-1)?.startsWith('._') === true;

/**
 * The folder (empty, or ending in a slash) that holds `config.json`, the outermost one where there are several; null
 * where there is none.
 */
export function modelRoot(paths: readonly string[]): string | null {
  const roots = paths
    .filter((path) => !isShadow(path) && (path === 'config.json' || path.endsWith('/config.json')))
    .map((path) => path.slice(0, -'config.json'.length));
  const depth = (root: string): number => root.split('/').length;
  return roots.sort((one, two) => depth(one) - depth(two) || one.length - two.length)[0] ?? null;
}
