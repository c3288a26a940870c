/** What computes: opened once at the start, opened again after a crash. */
import { create } from 'zustand';
import { toErrorRecord, type ErrorRecord } from '../lib/errors';
import type { BackendChoice, DeviceFacts } from '../protocol/device';
import { storageEstimate } from '../storage/keep';
import { readSetting, writeSetting } from '../storage/settings';
import { clients } from './clients';
import { bytes } from './format';
import { memoryLimit } from './memoryLimit';

export type DeviceStatus =
  { kind: 'opening' } | { kind: 'ready'; facts: DeviceFacts } | { kind: 'failed'; error: ErrorRecord };

interface DeviceState {
  status: DeviceStatus;
  storage: { usedBytes: number; quotaBytes: number } | null;
}

export const useDevice = create<DeviceState>()(() => ({ status: { kind: 'opening' }, storage: null }));

/** The backend the address or an earlier visit asked for (`?backend=wasm`). */
export function backendChoice(): BackendChoice {
  const asked = new URLSearchParams(location.search).get('backend') ?? readSetting('backend', null);
  return asked === 'webgpu' || asked === 'wasm' ? asked : 'auto';
}

/** Remembers the backend for the next opening of the device; one that the address asks for gives way. */
export function setBackendChoice(choice: BackendChoice): void {
  writeSetting('backend', choice === 'auto' ? null : choice);
  const address = new URL(location.href);
  if (!address.searchParams.has('backend')) return;
  address.searchParams.delete('backend');
  history.replaceState(null, '', address.href);
}

/** Grows with every order: what a worker that was restarted meanwhile answers does not count. */
let orders = 0;

export async function openDevice(): Promise<boolean> {
  const mine = ++orders;
  useDevice.setState({ status: { kind: 'opening' } });
  try {
    await clients().compute.limitMemory(memoryLimit());
    const facts = await clients().compute.openDevice(backendChoice());
    if (mine !== orders) return false;
    useDevice.setState({ status: { kind: 'ready', facts } });
    return true;
  } catch (error) {
    if (mine === orders) useDevice.setState({ status: { kind: 'failed', error: toErrorRecord(error) } });
    return false;
  }
}

/** One line for a person: what this machine can do. @param usableBytes memory that a run may take, once that is known. */
export function deviceLine(facts: DeviceFacts, usableBytes?: number): string {
  if (facts.backend === 'webgpu') {
    return `GPU: ${facts.adapter}${usableBytes === undefined ? '' : ` · about ${bytes(usableBytes)} usable`}`;
  }
  return `No usable GPU — running on the CPU (${plainAdapter(facts.adapter)}), fine for the small model`;
}

const plainAdapter = (adapter: string): string => adapter.replace(/^CPU\s*[·:-]\s*/, '');

export async function refreshStorage(): Promise<void> {
  useDevice.setState({ storage: await storageEstimate() });
}
