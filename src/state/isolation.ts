/**
 * WASM threads need cross-origin isolation, and many static hosts cannot set its headers: there a service worker adds
 * them (`isolation.js`). Everything works without it, one thread at a time, so nothing here may fail loudly.
 */
const triedKey = 'tunesmith.isolation';
const readyMs = 3000;

/**
 * Registers the service worker where the page is not isolated. The page must be loaded once more for the headers to
 * take hold; that is done at most once per tab. Resolves to true when a reload is under way.
 */
export async function ensureIsolation(): Promise<boolean> {
  if (globalThis.crossOriginIsolated || !('serviceWorker' in navigator)) return false;
  try {
    await navigator.serviceWorker.register('isolation.js', { scope: './' });
    if (sessionStorage.getItem(triedKey) !== null) return false;
    // One that cannot be installed is never ready; the page must not wait for it.
    const ready = await Promise.race([
      navigator.serviceWorker.ready,
      new Promise<null>((give) => setTimeout(give, readyMs, null)),
    ]);
    if (ready === null) return false;
    sessionStorage.setItem(triedKey, '1');
    location.reload();
    return true;
  } catch {
    return false;
  }
}
