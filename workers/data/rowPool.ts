/** Threads that process the rows of large files beside the data worker. */
import { transfer, wrap, type Remote } from 'comlink';
import type { RowBlock } from '../../src/data/ingest/rowSource';
import { processHere, type BlockProcessor, type OpenProcessor } from '../../src/data/session/blockProcessor';
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
  worker: Worker;
  remote: Remote<RowWorkerApi>;
  underWay: number;
  crashed: Promise<never>;
}

export class RowPool {
  #lanes: Lane[] = [];
  #model: ModelSource | null = null;
  #idle: ReturnType<typeof setTimeout> | undefined;

  /** The model whose tokenizer the threads use; those of another are ended. */
  useModel(source: ModelSource): void {
    this.#end();
    this.#model = source;
  }

  readonly openProcessor: OpenProcessor = async (plan, context, sizeBytes) => {
    const source = this.#model;
    const threads = Math.min(mostThreads, navigator.hardwareConcurrency);
    if (sizeBytes < worthwhileBytes || threads < 2 || !source) return processHere(plan, context, sizeBytes);
    clearTimeout(this.#idle);
    if (this.#lanes.length === 0) {
      this.#lanes = Array.from({ length: threads }, startLane);
      await Promise.all(this.#lanes.map((lane) => guarded(lane, lane.remote.openModel(source))));
    }
    await Promise.all(this.#lanes.map((lane) => guarded(lane, lane.remote.openPlan(plan))));
    return this.#processor(this.#lanes);
  };

  #processor(lanes: Lane[]): BlockProcessor {
    return {
      lanes: lanes.length * 2,
      process: async (block) => {
        clearTimeout(this.#idle);
        const lane = lanes.reduce((best, one) => (one.underWay < best.underWay ? one : best));
        lane.underWay++;
        try {
          return await guarded(lane, lane.remote.process(moved(block)));
        } finally {
          lane.underWay--;
          this.#idle = setTimeout(() => this.#end(), idleMs);
        }
      },
    };
  }

  #end(): void {
    clearTimeout(this.#idle);
    for (const { worker } of this.#lanes) worker.terminate();
    this.#lanes = [];
  }
}

const moved = (block: RowBlock): RowBlock =>
  transfer(block, [block.bytes.buffer, block.lines.buffer, block.places.buffer, block.starts.buffer] as ArrayBuffer[]);

/** A thread that dies rejects its calls, which would otherwise wait for ever. */
const guarded = <T>(lane: Lane, call: Promise<T>): Promise<T> => Promise.race([call, lane.crashed]);

function startLane(): Lane {
  const worker = new Worker(new URL('../rows.worker.ts', import.meta.url), { type: 'module', name: 'rows' });
  const crashed = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      reject(
        new TunesmithError(
          'worker/crashed',
          `rows worker: stopped unexpectedly (${event.message || 'its script could not be loaded'}); open the file again`,
        ),
      );
    });
  });
  crashed.catch(() => undefined);
  return { worker, remote: wrap<RowWorkerApi>(worker), underWay: 0, crashed };
}
