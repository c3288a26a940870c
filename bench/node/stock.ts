// Child process: stock tfjs on its own WebGPU backend, over Dawn for Node.
import { obey, type Order } from '../contender';
import { openDawn } from './dawn';

const answer = obey(async () => {
  openDawn();
  const tf = await import('@tensorflow/tfjs');
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('no WebGPU adapter');
  // What the stock factory asks for (its base.js), which expects a browser around it.
  const {
    maxComputeWorkgroupStorageSize,
    maxStorageBufferBindingSize,
    maxBufferSize,
    maxComputeWorkgroupSizeX,
    maxComputeInvocationsPerWorkgroup,
  } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredFeatures: adapter.features.has('timestamp-query') ? ['timestamp-query'] : [],
    requiredLimits: {
      maxComputeWorkgroupStorageSize,
      maxStorageBufferBindingSize,
      maxBufferSize,
      maxComputeWorkgroupSizeX,
      maxComputeInvocationsPerWorkgroup,
    },
  });
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, adapter.info));
  await tf.setBackend('webgpu');
  const { stockTeam } = await import('../stockTeam');
  return stockTeam(adapter.info.description || adapter.info.device || adapter.info.vendor);
});

process.on('message', (order: Order) => void answer(order).then((reply) => process.send?.(reply)));
