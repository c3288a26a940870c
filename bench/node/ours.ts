// Child process: the studio's own WebGPU kernels, over Dawn for Node.
import { obey, type Order } from '../contender';
import { openDawn } from './dawn';

const answer = obey(async () => {
  openDawn();
  const { openWebgpuDevice } = await import('../../src/kernels/runtime/webgpuDevice');
  const { WebgpuRunner } = await import('../../src/kernels/runtime/webgpuRunner');
  const { createWebgpuKernels } = await import('../../src/kernels/webgpu');
  const { ourTeam } = await import('../ourTeam');
  const fail = (message: string): void => void process.stderr.write(`ours: ${message}\n`);
  const device = await openWebgpuDevice({ onLost: fail, onError: fail });
  return ourTeam(
    createWebgpuKernels(new WebgpuRunner(device.device, device.backend)),
    device.adapter.description || device.adapter.device,
  );
});

process.on('message', (order: Order) => void answer(order).then((reply) => process.send?.(reply)));
