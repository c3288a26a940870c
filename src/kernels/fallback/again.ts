import { TunesmithError } from '../../lib/errors';

/** There are fewer operations. */
const mostAttempts = 40;

/**
 * Does work again when a kernel failed in it (`kernel/failed`): by then its plain version stands in its place. The work must begin
 * from what the failed attempt left untouched.
 */
export async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TunesmithError) || error.code !== 'kernel/failed' || attempt === mostAttempts) throw error;
    }
  }
}
