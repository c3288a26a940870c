import { expect, test } from 'vitest';
import type { RunEventBody } from '../../protocol/run';
import { decodeEvents, decodeInSlices, encodeEvents } from './eventLines';

const events = Array.from({ length: 400 }, (_, index): RunEventBody => ({
  event: 'warning',
  code: 'a/b',
  message: `${'x'.repeat(index % 97)} ${index}`,
}));

test('read in slices, the events are those read at once: cut anywhere, and with a line altered', async () => {
  const file = encodeEvents(events);
  expect(await decodeInSlices(file)).toEqual(events);
  for (const size of [0, 1, 16_384, file.length - 1]) {
    const cut = file.slice(0, size);
    expect(await decodeInSlices(cut)).toEqual(decodeEvents(cut).events);
  }
  file[20_000] = (file[20_000] ?? 0) ^ 1;
  const left = await decodeInSlices(file);
  expect(left).toEqual(decodeEvents(file).events);
  expect(left.length).toBeLessThan(events.length);
});
