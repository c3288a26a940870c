/** Owns the device: trains, scores, chats. The verbs are in compute/compute.ts. */
import { expose } from 'comlink';
import { installErrorTransfer } from '../src/protocol/comlinkErrors';
import { browserBackends } from './compute/backends';
import { browserSurroundings } from './compute/browserRuns';
import { createCompute } from './compute/compute';

installErrorTransfer();
expose(createCompute(browserBackends, browserSurroundings()));
