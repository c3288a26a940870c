import { fullParity } from './testing/fullParity';
import { openWasmKernels } from './testing/openWasmKernels';

const kernels = openWasmKernels();
fullParity(() => kernels);
