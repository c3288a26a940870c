// The module for shared memory: the caller and the pool's workers claim chunks of one job at a time.
//
// Control block (byte offsets, each on a cache line of its own):
//   0    claim, i64: high half the job's number of chunks, low half the next chunk. One atomic add both reads the job and
//        takes a chunk, so a worker that wakes late can never take a chunk of a job that has gone.
//   64   done, i32: chunks finished       128  epoch, i32: counts jobs; workers sleep on it
//   192  sleepers, i32                    256  op, i32 and args, i32 (stable while any chunk of the job is unfinished)
//   320  stop, i32                        384  waiting, i32: the caller sleeps on `done`
import { runChunk } from './ops.as';

export { setUp } from './core.as';

// @ts-ignore: decorator
@inline
const claimAt: usize = 0, doneAt: usize = 64, epochAt: usize = 128, sleepersAt: usize = 192, opAt: usize = 256, stopAt: usize = 320, waitingAt: usize = 384;

/** Runs chunks of the current job until none is left; the number of chunks run. */
function work(control: usize, scratch: usize): i32 {
  let ran = 0;
  while (true) {
    const seen = atomic.load<i64>(control + claimAt);
    if (<i32>seen >= <i32>(seen >> 32)) break;
    const claimed = atomic.add<i64>(control + claimAt, 1);
    const chunk = <i32>claimed;
    const chunks = <i32>(claimed >> 32);
    if (chunk >= chunks) break;
    runChunk(load<i32>(control + opAt), load<u32>(control + opAt, 4), chunk, scratch);
    ran++;
    if (atomic.add<i32>(control + doneAt, 1) + 1 == chunks && atomic.load<i32>(control + waitingAt) != 0)
      atomic.notify(control + doneAt, 1);
  }
  return ran;
}

/** Runs a job and returns when all of it is done. */
export function run(control: usize, op: i32, args: usize, chunks: i32, scratch: usize): void {
  if (chunks < 2) {
    if (chunks == 1) runChunk(op, args, 0, scratch);
    return;
  }
  store<i32>(control + opAt, op);
  store<u32>(control + opAt, <u32>args, 4);
  atomic.store<i32>(control + doneAt, 0);
  atomic.store<i64>(control + claimAt, <i64>chunks << 32);
  atomic.add<i32>(control + epochAt, 1);
  if (atomic.load<i32>(control + sleepersAt) > 0) atomic.notify(control + epochAt, -1);
  work(control, scratch);
  let done = atomic.load<i32>(control + doneAt);
  for (let spins = 0; done < chunks; spins++) {
    if (spins > 4000) {
      atomic.store<i32>(control + waitingAt, 1);
      done = atomic.load<i32>(control + doneAt);
      // A millisecond at most: the notification may come between the load and the wait.
      if (done < chunks) atomic.wait<i32>(control + doneAt, done, 1_000_000);
      atomic.store<i32>(control + waitingAt, 0);
    }
    done = atomic.load<i32>(control + doneAt);
  }
}

/** A worker's life: claim, spin a while, sleep. Returns when the pool stops. */
export function serve(control: usize, scratch: usize, spins: i32): void {
  let idle = 0;
  while (atomic.load<i32>(control + stopAt) == 0) {
    if (work(control, scratch) > 0) idle = 0;
    else if (++idle > spins) {
      const epoch = atomic.load<i32>(control + epochAt);
      atomic.add<i32>(control + sleepersAt, 1);
      const seen = atomic.load<i64>(control + claimAt);
      if (<i32>seen >= <i32>(seen >> 32) && atomic.load<i32>(control + stopAt) == 0)
        atomic.wait<i32>(control + epochAt, epoch, -1);
      atomic.sub<i32>(control + sleepersAt, 1);
      idle = 0;
    }
  }
}
