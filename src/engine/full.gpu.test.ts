import { webgpuKernelsOfFile } from './testing/webgpuOfFile';
import { fullParity } from './testing/fullParity';

fullParity(webgpuKernelsOfFile(), { control: false });
