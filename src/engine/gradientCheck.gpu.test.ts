import { webgpuKernelsOfFile } from './testing/webgpuOfFile';
import { gradientCheckSpec } from './testing/gradientCheckSpec';

gradientCheckSpec(webgpuKernelsOfFile(), { slow: true });
