import { modelVariants } from './testing/modelVariants';
import { openWasmKernels } from './testing/openWasmKernels';

const kernels = openWasmKernels();
modelVariants(() => kernels);
