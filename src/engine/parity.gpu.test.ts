import { adamw8bitParity } from './testing/adamw8bitParity';
import { webgpuKernelsOfFile } from './testing/webgpuOfFile';
import { methodsParity } from './testing/methodsParity';
import { optimizerParity } from './testing/optimizerParity';
import { engineParity } from './testing/parity';
import { regularizers } from './testing/regularizers';

const open = webgpuKernelsOfFile();
engineParity(open);
regularizers(open);
optimizerParity(open);
methodsParity(open, 'DoRA runs');
adamw8bitParity(open);
