// Child process: jax-js on its own WebGPU backend, over Dawn for Node.
import { obey, type Order } from '../contender';
import { openDawn } from './dawn';

const answer = obey(async () => {
  openDawn();
  const { defaultDevice, getWebGPUDevice, init } = await import('@jax-js/jax');
  await init('webgpu');
  defaultDevice('webgpu');
  const { jaxMatmul } = await import('../matmul/jax');
  const info = (getWebGPUDevice() as { adapterInfo?: GPUAdapterInfo } | null)?.adapterInfo;
  return {
    device: info?.description ?? info?.device ?? 'WebGPU',
    prepare: (work) => {
      if (work.suite !== 'matmul') throw new Error(`jax-js: takes no part in ${work.suite}`);
      return Promise.resolve(jaxMatmul(work.shape, work.repeats));
    },
  };
});

process.on('message', (order: Order) => void answer(order).then((reply) => process.send?.(reply)));
