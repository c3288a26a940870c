import { loopSpec } from './testing/loopSpec';
import { openWasmKernels } from './testing/openWasmKernels';

const kernels = openWasmKernels();
loopSpec(() => kernels, 500);
