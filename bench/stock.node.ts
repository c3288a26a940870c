// Child process: stock tfjs on its own WebGPU backend, over Dawn for Node.
import { obey, type Order } from './contender';
import { openDawn } from './dawn';

const answer = obey(async () => {
  const { device, adapter } = await openDawn();
  const tf = await import('@tensorflow/tfjs');
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, adapter.info));
  await tf.setBackend('webgpu');
  const { stockTeam } = await import('./stockTeam');
  return stockTeam(adapter.info.description || adapter.info.device || adapter.info.vendor);
});

process.on('message', (order: Order) => void answer(order).then((reply) => process.send?.(reply)));
