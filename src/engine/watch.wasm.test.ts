import { openWasmKernels } from './testing/openWasmKernels';
import { watchSpec } from './testing/watchSpec';

const kernels = openWasmKernels();
watchSpec(() => kernels);
