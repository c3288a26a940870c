import { servePool, type PoolJob } from '../runtime/wasmPool';

/** A thread of the WebAssembly pool. It never returns to its event loop while it serves: only terminate() ends it. */
self.onmessage = (event: MessageEvent<PoolJob>) => {
  servePool(event.data, () => self.postMessage('ready'));
  self.close();
};
