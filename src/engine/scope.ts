import * as tf from '@tensorflow/tfjs-core';
import { asView, type Operand, type View } from '../kernels/runtime/view';

/**
 * Runs `work` and frees every tensor it made but those in its result (tf.tidy, which finds tensors inside plain objects,
 * arrays and views). Synchronous by nature.
 */
export function scope<T>(work: () => T): T {
  let result: T | undefined;
  tf.tidy(() => {
    result = work();
    // tf.tidy looks for tensors to keep in what it is given; its own type allows less than it does.
    return result as unknown as tf.TensorContainer;
  });
  return result as T;
}

/** Frees the storages behind views; several views of one storage, null and freed ones are fine. */
export function free(...operands: (Operand | null | undefined)[]): void {
  for (const operand of operands) if (operand) asView(operand).storage.dispose();
}

/** What `work` returns; where it throws, `dispose` is called first, so that nothing it began with stays. */
export function orDispose<T>(dispose: () => void, work: () => T): T {
  try {
    return work();
  } catch (error) {
    dispose();
    throw error;
  }
}

/** Takes a view out of the surrounding scope: it lives until it is freed. */
export function keep(view: View): View {
  tf.keep(view.storage);
  return view;
}
