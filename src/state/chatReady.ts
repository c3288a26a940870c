/** Whether something can be asked in the chat, and if not, why. Pure. */
import type { DeviceStatus } from './deviceStore';
import type { TokenizerStatus, WeightsStatus } from './modelStore';

export interface ChatFacts {
  device: DeviceStatus;
  weights: WeightsStatus;
  tokenizer: TokenizerStatus;
  /** An answer is being written. */
  answering: boolean;
}

/** Why nothing can be asked now; null where it can. */
export function whyNotAsk({ device, weights, tokenizer, answering }: ChatFacts): string | null {
  if (device.kind === 'failed') return 'Nothing here can compute';
  if (weights.kind === 'failed' || tokenizer.kind === 'failed') return 'The model could not be loaded';
  if (weights.kind === 'cancelled') return 'No model is loaded';
  if (weights.kind !== 'ready' || tokenizer.kind !== 'ready') return 'The model is loading';
  return answering ? 'An answer is being written' : null;
}
