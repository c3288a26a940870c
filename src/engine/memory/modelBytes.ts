import { sizeOf } from '../../kernels/runtime/view';
import { weightBytes } from '../../kernels/weights/layout';
import type { WeightFormat } from '../../kernels/weights/weight';
import { matrixFormat } from '../model/matrixFormat';
import type { ModelConfig } from '../model/modelConfig';
import { wantedTensors } from '../model/weights';

/** Bytes of a model's weights on the device: matrices in `format`, norms and biases as f32. */
export const modelBytes = (config: ModelConfig, format: WeightFormat): number =>
  wantedTensors(config).reduce((sum, { name, shape }) => {
    const [rows = 0, columns] = shape;
    return sum + (columns === undefined ? 4 * sizeOf(shape) : weightBytes(matrixFormat(name, format), [rows, columns]));
  }, 0);
