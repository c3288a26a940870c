import type { ConfigReader } from '../configReader';
import type { LinearName } from '../modelConfig';

/** What distinguishes one decoder family from another; all share the blocks of engine/layers. */
export interface Family {
  /** `model_type` in config.json. */
  modelType: string;
  architecture: string;
  qkNorm: boolean;
  /** Whether `use_sliding_window` and its kin mean anything; transformers' Llama does not read them. */
  slidingWindows: boolean;
  /** Default of `head_dim`; null: D/H. */
  defaultHeadSize: number | null;
  /** Defaults of config.json fields, from transformers' configuration class. */
  defaults: { rmsNormEps: number; ropeTheta: number; tiedEmbeddings: boolean };
  biases(config: ConfigReader): LinearName[];
}
