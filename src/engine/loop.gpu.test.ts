import { webgpuKernelsOfFile } from './testing/webgpuOfFile';
import { loopSpec } from './testing/loopSpec';

loopSpec(webgpuKernelsOfFile(), 500);
