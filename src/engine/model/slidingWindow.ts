import type { ConfigReader } from './configReader';
import type { ModelConfig } from './modelConfig';

/** Defaults of transformers' Qwen2Config and Qwen3Config. */
const defaults = { tokens: 4096, fullLayers: 28 };

/**
 * Which layers slide, as transformers' Qwen2Config and Qwen3Config decide it: without `use_sliding_window` the window counts for
 * nothing; `layer_types` says it layer by layer; else layers from `max_window_layers` on slide. A window that no sequence of the
 * model can outgrow is none. Throws `model/config`.
 */
export function slidingWindow(
  config: ConfigReader,
  layers: number,
  maxPositions: number,
): ModelConfig['slidingWindow'] {
  const used = config.flag('use_sliding_window', false) && config.document.sliding_window !== null;
  const tokens = used ? config.count('sliding_window', { otherwise: defaults.tokens, atMost: 2 ** 31 }) : null;
  const sliding = slidingLayers(config, layers, tokens !== null);
  if (sliding.length === 0 || (tokens ?? maxPositions) >= maxPositions) return null;
  return { tokens: tokens ?? maxPositions, layers: new Set(sliding) };
}

function slidingLayers(config: ConfigReader, layers: number, used: boolean): number[] {
  const all = Array.from({ length: layers }, (_, layer) => layer);
  const types = config.words('layer_types');
  if (!types) {
    const first = config.document.max_window_layers ?? defaults.fullLayers;
    if (!Number.isSafeInteger(first) || (first as number) < 0)
      config.fail('max_window_layers', 'must be a whole number of at least 0', first);
    return used ? all.filter((layer) => layer >= (first as number)) : [];
  }
  if (types.length !== layers) config.fail('layer_types', `must name each of ${layers} layers`, types);
  const known = ['full_attention', 'sliding_attention'];
  const other = types.find((type) => !known.includes(type));
  if (other !== undefined) config.fail('layer_types', `must be of ${known.join(' and ')}`, other);
  const sliding = all.filter((layer) => types[layer] === 'sliding_attention');
  if (sliding.length > 0 && !used)
    config.fail('sliding_window', 'must be there, with use_sliding_window, where layer_types has sliding layers', null);
  return sliding;
}
