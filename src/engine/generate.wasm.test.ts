import { generateSpec } from './testing/generateSpec';
import { openWasmKernels } from './testing/openWasmKernels';

generateSpec(openWasmKernels);
