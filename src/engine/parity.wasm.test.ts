import { openWasmKernels } from './testing/openWasmKernels';
import { engineParity } from './testing/parity';

const kernels = openWasmKernels();
engineParity(() => kernels);
