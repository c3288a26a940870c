import { openPlainKernels } from './testing/openPlainKernels';
import { gradientCheckSpec } from './testing/gradientCheckSpec';

gradientCheckSpec(openPlainKernels, { slow: true });
