import { useId, useState } from 'react';
import type { KeptRun } from '../../protocol/run';
import { setRunLabel } from '../../state/runs/historyStore';
import { longestNote, parseTags, runName, tagProblem } from '../../state/runs/runWords';

/** Tags and a note, taken when the field is left, or at Enter. */
export function RunLabels({ run }: { run: KeptRun }) {
  const { id } = run.record;
  const name = runName(run);
  const { tags, note } = run.label;
  // Null: what is kept, which another tab may change.
  const [typedTags, setTypedTags] = useState<string | null>(null);
  const [typedNote, setTypedNote] = useState<string | null>(null);
  const next = typedTags === null ? tags : parseTags(typedTags);
  const problem = tagProblem(next);
  const problemId = useId();
  const takeTags = (): void => {
    // What can't be kept stays in the field, to be mended.
    if (problem !== null) return;
    setTypedTags(null);
    if (next.join('\n') !== tags.join('\n')) void setRunLabel(id, { tags: next });
  };
  const takeNote = (): void => {
    setTypedNote(null);
    if (typedNote !== null && typedNote !== note) void setRunLabel(id, { note: typedNote });
  };
  return (
    <div className="run-labels">
      <label>
        Tags, between commas
        <input
          type="text"
          aria-label={`Tags of ${name}`}
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? undefined : problemId}
          value={typedTags ?? tags.join(', ')}
          onChange={(event) => setTypedTags(event.target.value)}
          onBlur={takeTags}
          onKeyDown={(event) => event.key === 'Enter' && takeTags()}
        />
        {problem !== null && (
          <span className="problem" id={problemId} role="alert">
            {problem}
          </span>
        )}
      </label>
      <label>
        Note
        <textarea
          rows={2}
          maxLength={longestNote}
          aria-label={`Note on ${name}`}
          value={typedNote ?? note}
          onChange={(event) => setTypedNote(event.target.value)}
          onBlur={takeNote}
        />
      </label>
    </div>
  );
}
