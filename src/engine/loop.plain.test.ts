import { openPlainKernels } from './testing/openPlainKernels';
import { loopSpec } from './testing/loopSpec';

// Stock ops on one thread are slow: the long run is long on the other devices.
loopSpec(openPlainKernels, 40);
