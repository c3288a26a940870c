import { TunesmithError } from '../../lib/errors';

/** What this project reads and writes of PEFT's `adapter_config.json` (peft.LoraConfig), under PEFT's names. */
export interface PeftConfig {
  base_model_name_or_path: string;
  revision: string | null;
  r: number;
  lora_alpha: number;
  lora_dropout: number;
  /** Names of modules, or the end of their path. */
  target_modules: string[];
  use_rslora: boolean;
  use_dora: boolean;
}

/** A config as it was read: `target_modules` is null where it was a pattern (or "all-linear") and only the weights can tell. */
export type ReadPeftConfig = Omit<PeftConfig, 'target_modules'> & { target_modules: string[] | null };

/** The whole document as PEFT writes it for these settings; `inference_mode` is true in a saved adapter. */
export function writePeftConfig(config: PeftConfig): string {
  const document = {
    alpha_pattern: {},
    base_model_name_or_path: config.base_model_name_or_path,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: config.lora_alpha,
    lora_dropout: config.lora_dropout,
    modules_to_save: null,
    peft_type: 'LORA',
    r: config.r,
    rank_pattern: {},
    revision: config.revision,
    target_modules: config.target_modules,
    task_type: 'CAUSAL_LM',
    use_dora: config.use_dora,
    use_rslora: config.use_rslora,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const where = 'adapter_config.json';

/** Settings that change what an adapter computes, with the values under which they do nothing. Anything else is refused. */
const neutral: Record<string, readonly unknown[]> = {
  bias: ['none', undefined],
  fan_in_fan_out: [false, undefined],
  modules_to_save: [null, undefined],
  layers_to_transform: [null, undefined],
  layers_pattern: [null, undefined],
  layer_replication: [null, undefined],
  exclude_modules: [null, undefined],
  target_parameters: [null, undefined],
  trainable_token_indices: [null, undefined],
  lora_bias: [false, undefined],
  use_qalora: [false, undefined],
  use_bdlora: [null, false, undefined],
  alora_invocation_tokens: [null, undefined],
  arrow_config: [null, undefined],
  kasa_config: [null, undefined],
};

/**
 * Values of `init_lora_weights` under which PEFT changes the base model's weights, and changes them again where it loads the
 * adapter: added to the weights as they are published, such a pair gives gibberish.
 */
const changesBase = /^(pissa|corda|olora|loftq)/i;

/**
 * Reads `adapter_config.json`. Throws `adapter/config` naming the key when it is not JSON, not a LoRA of a causal language
 * model, a value has the wrong type, or a setting is present that changes the result in a way we do not compute.
 */
export function readPeftConfig(text: string): ReadPeftConfig {
  const fail = (path: string, rule: string, value: unknown): never => {
    throw new TunesmithError(
      'adapter/config',
      `${where}, ${path}: ${rule}, got ${JSON.stringify(value) ?? 'nothing'}`,
      { path },
    );
  };
  let document: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new TypeError('not an object');
    document = parsed as Record<string, unknown>;
  } catch (cause) {
    throw new TunesmithError('adapter/config', `${where}: must be a JSON object; save the adapter again`, { cause });
  }
  if (document.peft_type !== 'LORA') fail('peft_type', 'only LORA adapters are supported', document.peft_type);
  for (const [key, allowed] of Object.entries(neutral))
    if (!allowed.includes(document[key]))
      fail(key, `must be ${JSON.stringify(allowed[0])}: other values are not supported`, document[key]);
  for (const key of ['rank_pattern', 'alpha_pattern'])
    if (Object.keys(document[key] ?? {}).length > 0)
      fail(key, 'must be {}: other ranks or alphas for single modules are not supported', document[key]);

  const init = document.init_lora_weights;
  if (typeof init === 'string' && changesBase.test(init))
    fail(
      'init_lora_weights',
      'must be true: this adapter belongs to a base model that its start has changed; save it anew as plain LoRA (in PEFT: save_pretrained with path_initial_model_for_weight_conversion)',
      init,
    );

  const number = (key: string, least: number, otherwise?: number): number => {
    const value = document[key] ?? otherwise;
    return typeof value === 'number' && value >= least && value < Number.POSITIVE_INFINITY
      ? value
      : fail(key, `must be a number of at least ${least}`, value);
  };
  const flag = (key: string): boolean => {
    const value = document[key] ?? false;
    return typeof value === 'boolean' ? value : fail(key, 'must be true or false', value);
  };
  const modules = document.target_modules;
  const isList = Array.isArray(modules) && modules.length > 0 && modules.every((name) => typeof name === 'string');
  if (!isList && (typeof modules !== 'string' || modules === ''))
    fail('target_modules', 'must be a list of module names, or a pattern', modules);
  const rank = number('r', 1);
  if (!Number.isInteger(rank)) fail('r', 'must be a whole number', rank);
  const base = document.base_model_name_or_path;
  return {
    base_model_name_or_path: typeof base === 'string' ? base : '',
    revision: typeof document.revision === 'string' ? document.revision : null,
    r: rank,
    lora_alpha: number('lora_alpha', 0),
    lora_dropout: number('lora_dropout', 0, 0),
    target_modules: isList ? modules : null,
    use_rslora: flag('use_rslora'),
    use_dora: flag('use_dora'),
  };
}
