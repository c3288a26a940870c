/**
 * The second currency: what the trainer eats, the preview shows, the scorer scores.
 * Labels are those of Hugging Face: `labels[i] === inputIds[i]` where position i is trained on, -100 elsewhere, unshifted.
 */
export const ignoreLabel = -100;

export interface Example {
  row: number;
  inputIds: Int32Array;
  labels: Int32Array;
}

/** Many examples in four columns, cheap to move between threads. Example i is `offsets[i] … offsets[i+1]`. */
export interface ExampleTable {
  inputIds: Int32Array;
  labels: Int32Array;
  offsets: Uint32Array;
  rows: Uint32Array;
}
