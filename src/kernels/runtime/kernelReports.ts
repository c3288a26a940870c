import { TunesmithError } from '../../lib/errors';

/** Who is told which operations' shaders do not work on this machine; outlives a device. */
export interface KernelReports {
  /** Operations that may have hung: each is given command buffers of its own, so that the guilty one shows. */
  readonly suspects: ReadonlySet<string>;
  failed(op: string, reason: string): void;
  /** The command buffer in which the device stopped answering held these. */
  hung(ops: readonly string[]): void;
}

/** `kernel/failed`: the work is to be done again, with the operation's plain version in its place. */
export const kernelFailed = (name: string, ops: readonly string[], reason: string): TunesmithError =>
  new TunesmithError(
    'kernel/failed',
    `WebGPU: the shader ${name} does not work on this device (${reason}); run it again, or choose the wasm backend`,
    { data: { ops, reason } },
  );
