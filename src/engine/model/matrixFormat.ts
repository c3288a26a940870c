import type { WeightFormat } from '../../kernels/weights/weight';
import { embeddingName, headName } from './weights';

/**
 * How one matrix of a model is held when the model's format is `format`: as that, but embedding and head as int8 where the rest is
 * int4. Every token passes through them, and QLoRA (Dettmers et al. 2023) leaves them out of its four bits, too.
 */
export const matrixFormat = (name: string, format: WeightFormat): WeightFormat =>
  format === 'int4' && (name === embeddingName || name === headName) ? 'int8' : format;
