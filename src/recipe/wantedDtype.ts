import type { Recipe } from './schema';

/** What loading is asked for: `model.dtype`, but full fine-tuning needs weights of 32 bits, so that `auto` is f32 there. */
export const wantedDtype = ({ model, adapter }: Recipe): Recipe['model']['dtype'] =>
  model.dtype === 'auto' && adapter.kind === 'none' ? 'f32' : model.dtype;
