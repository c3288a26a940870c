import { openPlainKernels } from './testing/openPlainKernels';
import { methodsParity } from './testing/methodsParity';
import { optimizerParity } from './testing/optimizerParity';
import { engineParity } from './testing/parity';
import { regularizers } from './testing/regularizers';

engineParity(openPlainKernels);
regularizers(openPlainKernels);
optimizerParity(openPlainKernels);
methodsParity(openPlainKernels, 'no runs');
