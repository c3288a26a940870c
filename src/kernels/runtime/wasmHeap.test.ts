import { describe, expect, test } from 'vitest';
import { Random } from '../../lib/random';
import { alignment, WasmHeap } from './wasmHeap';

const noGrowth = (): undefined => undefined;

describe('wasm heap', () => {
  test('pointers are aligned and pieces never overlap, whatever the order', () => {
    const heap = new WasmHeap(100, 1 << 22, noGrowth);
    const random = new Random(3);
    const live: { pointer: number; size: number }[] = [];
    for (let round = 0; round < 3000; round++) {
      if (live.length > 40 || (live.length > 0 && random.below(2) === 0)) {
        const [gone] = live.splice(random.below(live.length), 1);
        heap.free(gone?.pointer ?? 0);
        continue;
      }
      const size = 1 + random.below(random.below(2) ? 200 : 60_000);
      const pointer = heap.allocate(size);
      expect(pointer % alignment).toBe(0);
      expect(pointer).toBeGreaterThanOrEqual(100);
      expect(pointer + size).toBeLessThanOrEqual(1 << 22);
      for (const other of live)
        expect(pointer + size <= other.pointer || other.pointer + other.size <= pointer).toBe(true);
      live.push({ pointer, size });
    }
    for (const { pointer } of live) heap.free(pointer);
    expect(heap.bytesInUse).toBe(0);
  });

  test('freed neighbours merge: everything freed is one piece again', () => {
    const heap = new WasmHeap(0, 64 * 100, noGrowth);
    const pointers = Array.from({ length: 100 }, () => heap.allocate(64));
    expect(heap.freeSizes()).toEqual([]);
    for (const index of [1, 3, 2, 99, 0, 98]) heap.free(pointers[index] ?? 0);
    expect(heap.freeSizes()).toEqual([256, 128]);
    for (let index = 4; index < 98; index++) heap.free(pointers[index] ?? 0);
    expect(heap.freeSizes()).toEqual([6400]);
    expect(heap.allocate(6400)).toBe(0);
  });

  test('a freed piece is used again by the same size, exactly', () => {
    const heap = new WasmHeap(0, 1 << 20, noGrowth);
    const first = heap.allocate(1000 * 64);
    heap.allocate(64);
    heap.free(first);
    expect(heap.allocate(1000 * 64)).toBe(first);
  });

  test('grows when nothing fits, by what is missing; reports what it holds', () => {
    const asked: number[] = [];
    let end = 64 * 10;
    const heap = new WasmHeap(0, end, (bytes) => {
      asked.push(bytes);
      return (end += Math.ceil(bytes / 4096) * 4096);
    });
    heap.allocate(64 * 8);
    const large = heap.allocate(64 * 100);
    expect(asked).toEqual([64 * 98]);
    expect(large).toBe(64 * 8);
    expect([heap.bytesInUse, heap.peakBytes]).toEqual([64 * 108, 64 * 108]);
    heap.free(large);
    expect([heap.bytesInUse, heap.peakBytes]).toEqual([64 * 8, 64 * 108]);
    heap.allocate(64 * 100);
    expect(asked).toHaveLength(1);
  });

  test('no room: device/out-of-memory, and the heap is as it was', () => {
    const heap = new WasmHeap(0, 6400, noGrowth);
    heap.allocate(64);
    expect(() => heap.allocate(6400)).toThrow(
      expect.objectContaining({ code: 'device/out-of-memory', details: { data: { neededBytes: 64 + 6400 } } }),
    );
    expect(heap.bytesInUse).toBe(64);
    expect(heap.allocate(6336)).toBe(64);
  });

  test('a limit fails as a full memory does, and can be lifted', () => {
    const heap = new WasmHeap(0, 6400, noGrowth);
    const first = heap.allocate(640);
    heap.setLimit(1000);
    expect(heap.allocate(320)).toBe(640);
    const data = { neededBytes: 1024, limitBytes: 1000 };
    expect(() => heap.allocate(64)).toThrow(
      expect.objectContaining({ code: 'device/out-of-memory', details: { data } }),
    );
    expect(heap.bytesInUse).toBe(960);
    heap.free(first);
    expect(heap.allocate(64)).toBe(0);
    heap.setLimit(null);
    heap.allocate(2000);
    expect(heap.bytesInUse).toBe(320 + 64 + 2048);
  });

  test('freeing twice is an assertion', () => {
    const heap = new WasmHeap(0, 6400, noGrowth);
    const pointer = heap.allocate(1);
    heap.free(pointer);
    expect(() => heap.free(pointer)).toThrow(expect.objectContaining({ code: 'internal/assertion' }));
  });
});
