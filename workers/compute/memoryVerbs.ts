import type { Engine } from '../../src/engine/device/openEngine';
import { availableBytes } from '../../src/engine/memory/deviceMemory';
import { suggestFit } from '../../src/engine/memory/fit';
import { sizesOf } from '../../src/engine/memory/largestBatches';
import { memoryForecast, type ForecastDevice, type ForecastOptions } from '../../src/engine/memory/memoryForecast';
import { parseModelConfig } from '../../src/engine/model/parseConfig';
import type { ModelConfig } from '../../src/engine/model/modelConfig';
import { yieldToEvents } from '../../src/engine/yieldToEvents';
import { TunesmithError } from '../../src/lib/errors';
import type { FitSuggestion, MemoryForecast, RunRows } from '../../src/protocol/memory';
import type { TrainRequest } from '../../src/protocol/training';
import type { Recipe } from '../../src/recipe/schema';
import type { TunedState } from './tunedState';

type FailedRun = Pick<TrainRequest, 'recipe' | 'train' | 'validation'>;

/** The compute worker's verbs about memory: a limit set by a person, forecasts, and settings that fit. */
export class MemoryVerbs {
  #limit: number | null = null;

  constructor(
    private readonly engine: () => Engine,
    private readonly state: TunedState,
  ) {}

  /** What a person allows; null: what there is. */
  get limitBytes(): number | null {
    return this.#limit;
  }

  /** See ComputeApi.limitMemory; it also holds for devices that are opened later. Throws `device/bad-limit`. */
  limit(bytes: number | null, open: Engine | null): void {
    if (bytes !== null && !(Number.isFinite(bytes) && bytes > 0))
      throw new TunesmithError(
        'device/bad-limit',
        `memory limit: must be a number of bytes above 0, got ${bytes}; give null for none`,
      );
    this.#limit = bytes;
    if (open) this.opened(open);
  }

  /** Tells a device that was just opened of the limit. */
  opened(engine: Engine): void {
    engine.memory.setLimit(this.#limit);
  }

  /** What forecasts are for. */
  device(): ForecastDevice {
    const { kernels, facts } = this.engine();
    return {
      backend: facts.backend,
      formats: kernels.weightFormats,
      availableBytes: availableBytes(facts.backend, this.#limit),
    };
  }

  /** See ComputeApi.forecastMemory. */
  forecast(config: unknown, recipe: Recipe, rows: RunRows | null = null): MemoryForecast {
    const of = this.#of(config);
    return memoryForecast(of.config, recipe, this.device(), { ...of.options, rows });
  }

  /** See ComputeApi.suggestFit. */
  suggest(config: unknown, recipe: Recipe, rows: RunRows | null = null): Promise<FitSuggestion | null> {
    const of = this.#of(config);
    return suggestFit(of.config, recipe, this.device(), { ...of.options, rows }, yieldToEvents);
  }

  /**
   * Settings for the loaded model after a run ended in `device/out-of-memory`: fewer bytes than it took, and than were held
   * when there was no more. Never throws; null where nothing fits.
   */
  async suggestAfterFailure({ recipe, train, validation }: FailedRun): Promise<FitSuggestion | null> {
    try {
      const rows = { train: sizesOf(train), validation: validation && sizesOf(validation) };
      const of = this.#of(null);
      const device = this.device();
      const held = this.engine().memory.read().peakBytes;
      // Without a limit nobody knows what there is, but it was no more than this.
      const there = this.#limit === null ? Math.min(device.availableBytes, held) : device.availableBytes;
      const options = { ...of.options, rows, failed: true };
      return await suggestFit(of.config, recipe, { ...device, availableBytes: there }, options, yieldToEvents);
    } catch {
      return null;
    }
  }

  /** A model by its config.json, or the loaded one. An adapter of before makes room for a run. */
  #of(config: unknown): { config: ModelConfig; options: ForecastOptions } {
    if (config !== null) return { config: parseModelConfig(config), options: {} };
    const { model } = this.state.need();
    return { config: model.config, options: { loaded: model.facts.weightDtype } };
  }
}
