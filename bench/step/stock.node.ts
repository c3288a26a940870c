// Child process: the stock model on stock tfjs's WebGPU backend, over Dawn for Node.
import { openDawn } from '../dawn';
import { obey, type Answer, type Order } from './contender';

const answer = obey(async () => {
  const { device, adapter } = await openDawn();
  const tf = await import('@tensorflow/tfjs');
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, adapter.info));
  await tf.setBackend('webgpu');
  const { StockModel } = await import('./stockModel');
  const { builtinSides } = await import('./workload');
  return {
    device: adapter.info.description || adapter.info.device || adapter.info.vendor,
    prepare: (rows) => {
      const model = new StockModel(builtinSides);
      return Promise.resolve({ step: () => model.step(rows) });
    },
  };
});

process.on('message', (order: Order) => {
  void answer(order).then((reply: Answer) => process.send?.(reply));
});
