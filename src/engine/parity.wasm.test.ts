import { openWasmKernels } from './testing/openWasmKernels';
import { engineParity } from './testing/parity';
import { regularizers } from './testing/regularizers';

const kernels = openWasmKernels();
engineParity(() => kernels);
regularizers(() => kernels);
