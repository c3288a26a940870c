// Plain Node's way to withGpu.ts.
import { register } from 'tsx/esm/api';

register();
await import('./withGpu.ts');
