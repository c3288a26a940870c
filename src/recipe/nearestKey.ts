/** The key somebody probably meant, for messages about unknown keys. */

/** Names of other tools for keys of ours. */
const otherNames: Record<string, string> = {
  lr: 'training.learning_rate',
  epochs: 'training.num_train_epochs',
  num_epochs: 'training.num_train_epochs',
  batch_size: 'training.per_device_train_batch_size',
  micro_batch_size: 'training.per_device_train_batch_size',
  gradient_accumulation: 'training.gradient_accumulation_steps',
  max_seq_length: 'training.max_length',
  max_seq_len: 'training.max_length',
  sequence_len: 'training.max_length',
  cutoff_len: 'training.max_length',
  optimizer: 'training.optim',
  scheduler: 'training.lr_scheduler_type',
  lr_scheduler: 'training.lr_scheduler_type',
  evaluation_strategy: 'training.eval_strategy',
  lora_r: 'adapter.r',
  rank: 'adapter.r',
  lora_rank: 'adapter.r',
  alpha: 'adapter.lora_alpha',
  dropout: 'adapter.lora_dropout',
  base_model: 'model.id',
  model_name_or_path: 'model.id',
  chat_template: 'template.text',
  system: 'dataset.system_prompt',
  train_on_inputs: 'loss.train_on',
};

/** Every dotted path of a nested object; lists and empty objects are leaves. */
export function keyPaths(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return [path, ...keyPaths(inner, path)];
  });
}

/**
 * The known path nearest to an unknown one: another tool's name for it, the same key elsewhere, or the fewest letters
 * changed (at most a third of them), neighbours first. Null when nothing is near.
 */
export function nearestKey(unknown: string, known: readonly string[]): string | null {
  const last = lastPart(unknown);
  const other = Object.hasOwn(otherNames, last) ? otherNames[last] : undefined;
  if (other !== undefined && known.includes(other)) return other;
  const parent = unknown.slice(0, -last.length);
  let best: string | null = null;
  let bestScore = Math.floor(last.length / 3) + 1;
  for (const path of known) {
    const key = lastPart(path);
    // So many letters come or go at least; a key of a whole file's length is not compared letter by letter.
    if (Math.abs(key.length - last.length) >= bestScore) continue;
    // A neighbour wins over the same distance elsewhere.
    const score = distance(last, key) + (path.slice(0, -key.length) === parent ? 0 : 0.5);
    if (score < bestScore) {
      best = path;
      bestScore = score;
    }
  }
  return best;
}

const lastPart = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

/** Damerau–Levenshtein distance (optimal string alignment): insertions, deletions, changes, swaps of neighbours. */
function distance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const change = one[i - 1] === other[j - 1] ? 0 : 1;
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + change);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[other.length] ?? 0;
}
