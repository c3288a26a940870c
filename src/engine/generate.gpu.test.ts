import { webgpuKernelsOfFile } from './testing/webgpuOfFile';
import { generateSpec } from './testing/generateSpec';

generateSpec(webgpuKernelsOfFile());
