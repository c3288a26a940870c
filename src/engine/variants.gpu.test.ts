import { webgpuKernelsOfFile } from './testing/webgpuOfFile';
import { modelVariants } from './testing/modelVariants';

// Ten steps of f16 weights are covered by gradients here and by WASM, which is much faster than a GPU in software.
modelVariants(webgpuKernelsOfFile(), { steps: false });
