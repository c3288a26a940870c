import { gradientCheckSpec } from './testing/gradientCheckSpec';
import { openWasmKernels } from './testing/openWasmKernels';

const kernels = openWasmKernels();
gradientCheckSpec(() => kernels);
