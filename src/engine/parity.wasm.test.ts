import { openWasmKernels } from './testing/openWasmKernels';
import { adamw8bitParity } from './testing/adamw8bitParity';
import { methodsParity } from './testing/methodsParity';
import { optimizerParity } from './testing/optimizerParity';
import { engineParity } from './testing/parity';
import { regularizers } from './testing/regularizers';

const kernels = openWasmKernels();
engineParity(() => kernels);
regularizers(() => kernels);
optimizerParity(() => kernels);
methodsParity(() => kernels, 'all runs');
adamw8bitParity(() => kernels);
