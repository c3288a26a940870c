/** Threads that process the rows of large files beside the data worker. */
import { transfer, wrap, type Remote } from 'comlink';
import type { RowBlock } from '../../src/data/ingest/rowSource';
import { processHere, type OpenProcessor, type ProcessingPlan } from '../../src/data/session/blockProcessor';
import type { BlockResult } from '../../src/data/session/blockResult';
import { TunesmithError } from '../../src/lib/errors';
import type { ModelSource } from '../../src/protocol/model';
import type { RowWorkerApi } from './rowWorkerApi';

/** A thread costs a tokenizer's opening; files below this size are done before it is up. */
const worthwhileBytes = 3 << 20;
/** Each thread holds a tokenizer of its own (tens of MB for a large vocabulary). */
const mostThreads = 4;
/** Idle threads are ended, to give their memory back. */
const idleMs = 20_000;

interface Lane {
  remote: Remote<RowWorkerApi>;
  underWay: number;
  /** Rejects when the thread dies or is ended: a call to it would otherwise wait for ever. */
  over: Promise<never>;
  end: (error: TunesmithError) => void;
}

export class RowPool {
  /** Null while there are no threads. */
  #lanes: Promise<Lane[]> | null = null;
  #running: Lane[] = [];
  #model: ModelSource | null = null;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #plans = 0;

  /** @param startLane makes a thread (tests put another in its place). @param threads how many to use at most. */
  constructor(
    private readonly startLane: () => Lane = startWorker,
    private readonly threads: number = Math.min(mostThreads, navigator.hardwareConcurrency),
    private readonly idleAfterMs: number = idleMs,
  ) {}

  /** The model whose tokenizer the threads use; those of another are ended, and what they were at is rejected. */
  useModel(source: ModelSource): void {
    this.#end();
    this.#model = source;
  }

  readonly openProcessor: OpenProcessor = (plan, context, sizeBytes) => {
    const source = this.#model;
    if (sizeBytes < worthwhileBytes || this.threads < 2 || !source) return processHere(plan, context, sizeBytes);
    const planId = ++this.#plans;
    return Promise.resolve({
      lanes: this.threads * 2,
      process: (block) => this.#process(source, planId, plan, block),
    });
  };

  async #process(source: ModelSource, planId: number, plan: ProcessingPlan, block: RowBlock): Promise<BlockResult> {
    this.#isUsed();
    this.#lanes ??= this.#open(source);
    const lanes = await this.#lanes;
    const lane = lanes.reduce((best, one) => (one.underWay < best.underWay ? one : best));
    lane.underWay++;
    try {
      return await Promise.race([lane.remote.process(planId, plan, moved(block)), lane.over]);
    } finally {
      lane.underWay--;
      this.#isUsed();
    }
  }

  async #open(source: ModelSource): Promise<Lane[]> {
    const lanes = Array.from({ length: this.threads }, () => this.startLane());
    this.#running = lanes;
    // One that died answers nobody, and is the first to be asked: the others go with it, and the next reading has new ones.
    for (const { over } of lanes)
      over.catch((error: TunesmithError) => {
        if (this.#running === lanes) this.#end(error);
      });
    try {
      await Promise.all(lanes.map(({ remote, over }) => Promise.race([remote.openModel(source), over])));
      return lanes;
    } catch (error) {
      if (this.#running === lanes) this.#end();
      throw error;
    }
  }

  /** Begins the idle time anew. A thread at work is not ended by it. */
  #isUsed(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#running.some(({ underWay }) => underWay > 0)) this.#isUsed();
      else this.#end();
    }, this.idleAfterMs);
  }

  #end(
    error = new TunesmithError('data/cancelled', 'rows: another model was opened meanwhile; open the file again'),
  ): void {
    clearTimeout(this.#idle);
    const lanes = this.#running;
    this.#lanes = null;
    this.#running = [];
    for (const { end } of lanes) end(error);
  }
}

const moved = (block: RowBlock): RowBlock =>
  transfer(block, [block.bytes.buffer, block.lines.buffer, block.places.buffer, block.starts.buffer] as ArrayBuffer[]);

function startWorker(): Lane {
  const worker = new Worker(new URL('../rows.worker.ts', import.meta.url), { type: 'module', name: 'rows' });
  let reject: (error: TunesmithError) => void = () => undefined;
  const over = new Promise<never>((_, rejectOver) => (reject = rejectOver));
  over.catch(() => undefined);
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    const what = event.message || 'its script could not be loaded';
    reject(new TunesmithError('worker/crashed', `rows worker: stopped unexpectedly (${what}); open the file again`));
  });
  const end = (error: TunesmithError): void => {
    worker.terminate();
    reject(error);
  };
  return { remote: wrap<RowWorkerApi>(worker), underWay: 0, over, end };
}
