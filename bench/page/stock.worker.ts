// The stock model on stock tfjs's WASM backend, with SIMD, and threads where the page is isolated.
import * as tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { obey, type Order } from '../contender';
import { stockTeam } from '../stockTeam';

const answer = obey(async () => {
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plainUrl,
    'tfjs-backend-wasm-simd.wasm': simdUrl,
    'tfjs-backend-wasm-threaded-simd.wasm': threadedUrl,
  });
  setThreadsCount(navigator.hardwareConcurrency);
  if (!(await tf.setBackend('wasm'))) throw new Error('the stock WASM backend does not start');
  const simd = String(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'));
  const threads = String(await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT'));
  // tfjs reports one thread whatever it uses (its products speed up all the same): what was asked for is said.
  return stockTeam(`CPU, threads ${threads} (${navigator.hardwareConcurrency} asked for), SIMD ${simd}`);
});

self.onmessage = ({ data }: MessageEvent<Order>) => void answer(data).then((reply) => postMessage(reply));
