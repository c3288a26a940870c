import * as tf from '@tensorflow/tfjs-core';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { TunesmithError } from '../../lib/errors';
import { deviceLost } from './deviceErrors';

/**
 * Our own GPU device under tfjs's webgpu backend. tfjs's own factory asks for no optional feature, leaves some limits at their
 * defaults and does not notice a lost device.
 */

/** Limits that the kernels can use; each is raised to what the adapter has. */
const wantedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBuffersPerShaderStage',
] as const;
export type LimitName = (typeof wantedLimits)[number];

/** What every WebGPU device has (the specification's defaults): what the smallest one is given. */
export const defaultLimits: Readonly<Record<LimitName, number>> = {
  maxBufferSize: 256 * 2 ** 20,
  maxStorageBufferBindingSize: 128 * 2 ** 20,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupSizeY: 256,
  maxComputeWorkgroupSizeZ: 64,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeWorkgroupsPerDimension: 65_535,
  maxStorageBuffersPerShaderStage: 8,
};

const wantedFeatures = ['shader-f16', 'subgroups', 'timestamp-query'] as const;
export type FeatureName = (typeof wantedFeatures)[number];

export interface WebgpuDeviceOptions {
  /** Called once when the device is lost for any reason but {@link WebgpuDevice.close}. */
  onLost?(reason: string, message: string): void;
  /** Called for every error that no error scope caught: none of the runner's work, whose errors its reads tell. */
  onError?(message: string): void;
  /** Asks for these limits instead of the adapter's: to run as a smaller device would. */
  limits?: Partial<Record<LimitName, number>>;
  /** Optional features to ask for, where the adapter has them; all by default. */
  features?: readonly FeatureName[];
}

export interface WebgpuDevice {
  device: GPUDevice;
  backend: WebGPUBackend;
  adapter: AdapterFacts;
  /** Resolves with `device/lost` when the device is gone for any reason but {@link close}. Another can then be opened. */
  lost: Promise<TunesmithError>;
  /** Destroys the device and removes tfjs's backend, unless another has taken its place. */
  close(): void;
}

/** What the adapter says about itself, and what the device was given. */
export interface AdapterFacts {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
  /** WebGPU implemented in software. */
  isFallbackAdapter: boolean;
  features: FeatureName[];
  limits: Record<LimitName, number>;
}

/**
 * Opens the fastest adapter's device and makes it the device of tfjs's `webgpu` backend, which becomes the active one.
 * @throws `device/no-webgpu` without WebGPU or adapter, `device/refused` when the device is not given.
 */
export async function openWebgpuDevice(options: WebgpuDeviceOptions): Promise<WebgpuDevice> {
  // Absent in browsers without WebGPU, whatever the types say.
  const gpu = (globalThis.navigator as Partial<Navigator> | undefined)?.gpu;
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!gpu || !adapter)
    throw new TunesmithError(
      'device/no-webgpu',
      `WebGPU: an adapter is needed, got ${gpu ? 'none from this browser' : 'a browser without navigator.gpu'}; use the wasm backend`,
    );
  const features = (options.features ?? wantedFeatures).filter((name) => adapter.features.has(name));
  const requiredLimits: Partial<Record<LimitName, number>> = {};
  for (const name of wantedLimits) requiredLimits[name] = options.limits?.[name] ?? adapter.limits[name];
  const device = await adapter.requestDevice({ requiredFeatures: features, requiredLimits }).catch((cause: unknown) => {
    throw new TunesmithError('device/refused', `WebGPU: the adapter refused a device (${String(cause)})`, { cause });
  });

  let closed = false;
  const lost = new Promise<TunesmithError>((resolve) => {
    void device.lost.then(({ reason, message }) => {
      if (closed) return;
      options.onLost?.(reason, message);
      resolve(deviceLost(reason, message));
    });
  });
  device.addEventListener('uncapturederror', (event) => {
    options.onError?.(event.error.message);
  });

  const backend = new WebGPUBackend(device, adapter.info);
  const name = 'webgpu';
  if (tf.engine().registryFactory[name]) tf.removeBackend(name);
  tf.registerBackend(name, () => backend, 3);
  await tf.setBackend(name);
  const { vendor, architecture, description } = adapter.info;
  const info = adapter.info as GPUAdapterInfo & { isFallbackAdapter?: boolean };
  return {
    device,
    backend,
    lost,
    adapter: {
      vendor,
      architecture,
      device: info.device,
      description,
      // The flag moved from the adapter to its info; some software adapters set neither.
      isFallbackAdapter:
        info.isFallbackAdapter ??
        (adapter as { isFallbackAdapter?: boolean }).isFallbackAdapter ??
        /swiftshader|llvmpipe|basic render/i.test(`${architecture} ${description}`),
      features,
      limits: Object.fromEntries(wantedLimits.map((limit) => [limit, device.limits[limit]])) as Record<
        LimitName,
        number
      >,
    },
    close() {
      closed = true;
      if (tf.engine().registry[name] === backend) tf.removeBackend(name);
      device.destroy();
    },
  };
}
