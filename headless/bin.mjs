#!/usr/bin/env node
// The `tunesmith` command: plain Node's way to cli/main.ts.
import { register } from 'tsx/esm/api';

register();
await import('./cli/main.ts');
