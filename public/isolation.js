/**
 * Service worker for hosts that cannot set headers: answers the page's own requests with the two headers that make it
 * cross-origin isolated, which WASM threads need. It changes nothing else, caches nothing, and leaves other origins alone.
 */
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

async function isolated(request) {
  const response = await fetch(request);
  // Opaque answers have no headers to add to, and 206 or 304 must pass as they are.
  if (response.status === 0 || response.status === 304) return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  const bodyless = response.status === 204 || response.status === 205;
  return new Response(bodyless ? null : response.body, { status: response.status, statusText: response.statusText, headers });
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (new URL(request.url).origin !== self.location.origin) return;
  // A request that may only be served from the cache cannot be fetched by us (Chromium's DevTools make such).
  if (request.cache === 'only-if-cached' && request.mode !== 'same-origin') return;
  event.respondWith(isolated(request));
});
