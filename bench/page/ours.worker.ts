// The studio's own WASM kernels.
import { openWasm } from '../../src/kernels/wasm';
import { obey, type Order } from '../contender';
import { ourTeam } from '../ourTeam';

const answer = obey(async () => {
  const { kernels, threads, relaxedSimd } = await openWasm();
  return ourTeam(kernels, `CPU, ${threads} threads, ${relaxedSimd ? 'relaxed SIMD' : 'SIMD'}`);
});

self.onmessage = ({ data }: MessageEvent<Order>) => void answer(data).then((reply) => postMessage(reply));
