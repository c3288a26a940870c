// The page of the in-browser benchmark: two workers, one for each contender, and a way for the conductor to order them.
import type { Answer, Order } from '../contender';

const workers = {
  stock: new Worker(new URL('./stock.worker.ts', import.meta.url), { type: 'module' }),
  ours: new Worker(new URL('./ours.worker.ts', import.meta.url), { type: 'module' }),
};

declare global {
  var ask: (contender: keyof typeof workers, order: Order) => Promise<Answer>;
}

globalThis.ask = (contender, order) =>
  new Promise((done) => {
    const worker = workers[contender];
    worker.onmessage = ({ data }: MessageEvent<Answer>) => done(data);
    worker.onerror = ({ message }) => done({ ok: false, message });
    worker.postMessage(order);
  });
