import { useId, useState } from 'react';
import { memoryLimit, parseGigabytes, setMemoryLimit, useMemoryLimit } from '../state/memoryLimit';
import { setNotice } from '../state/viewStore';

const typedOf = (bytes: number | null): string => (bytes === null ? '' : String(bytes / 1e9));

/** How much of the device a run may take: empty is all there is. A change counts from the next allocation on. */
export function MemoryLimitField() {
  const id = useId();
  const stored = useMemoryLimit((state) => state.bytes);
  const bytes = stored === undefined ? memoryLimit() : stored;
  const [typed, setTyped] = useState({ text: typedOf(bytes), of: bytes });
  const text = typed.of === bytes ? typed.text : typedOf(bytes);
  const parsed = parseGigabytes(text);
  const commit = (): void => {
    if (parsed !== undefined && parsed !== bytes) void setMemoryLimit(parsed).catch(setNotice);
  };
  return (
    <form
      className="consent note"
      onSubmit={(event) => {
        event.preventDefault();
        commit();
      }}
    >
      <label htmlFor={id}>Use at most</label>
      <input
        id={id}
        type="text"
        inputMode="decimal"
        size={6}
        value={text}
        placeholder="all"
        aria-invalid={parsed === undefined}
        aria-describedby={`${id}-unit`}
        onChange={(event) => setTyped({ text: event.target.value, of: bytes })}
        onBlur={commit}
      />
      <span id={`${id}-unit`}>GB of its memory{parsed === undefined && ': a number above 0 is needed'}</span>
    </form>
  );
}
