import { openPlainKernels } from './testing/openPlainKernels';
import { modelVariants } from './testing/modelVariants';

modelVariants(openPlainKernels, { steps: false });
