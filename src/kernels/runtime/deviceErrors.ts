import { TunesmithError } from '../../lib/errors';

/** `device/out-of-memory`. @param limitBytes what there would be, where it is known */
export function deviceOutOfMemory(where: string, neededBytes: number, limitBytes: number | null): TunesmithError {
  const limit = limitBytes === null ? 'the device has no more' : `${inMegabytes(limitBytes)} may be used`;
  return new TunesmithError(
    'device/out-of-memory',
    `${where}: tensors need ${inMegabytes(neededBytes)}, but ${limit}; use a smaller batch, max_length or model.dtype, or a smaller model`,
    { data: { neededBytes, ...(limitBytes === null ? {} : { limitBytes }) } },
  );
}

/** `device/lost`. */
export const deviceLost = (reason: string, message: string): TunesmithError =>
  new TunesmithError(
    'device/lost',
    `WebGPU: the device was lost (${[reason, message].filter(Boolean).join(': ')}); open it anew to go on`,
    { data: { reason, message } },
  );

/** `device/error`: what the device refused, which nobody expected. */
export const deviceError = (message: string): TunesmithError =>
  new TunesmithError('device/error', `WebGPU: ${message}; run it again, or choose the wasm backend`, {
    data: { message },
  });

const inMegabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6).toLocaleString('en')} MB`;
