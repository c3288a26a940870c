import { useRef } from 'react';
import type { DatasetSummary } from '../../protocol/rows';
import { columnPlace, setMessagesTemplate, type MessageTurn } from '../../state/mapping';
import { Button } from '../common/Button';
import { Icon } from '../common/Icon';

const roles = ['system', 'user', 'assistant', 'tool'];
/** Chips for more columns than this would bury the text. */
const chipLimit = 16;

function Turn({
  turn,
  at,
  columns,
  onChange,
}: {
  turn: MessageTurn;
  at: number;
  columns: string[];
  onChange: (turn: MessageTurn | null) => void;
}) {
  const text = useRef<HTMLTextAreaElement>(null);
  const insert = (column: string): void => {
    const area = text.current;
    const start = area?.selectionStart ?? turn.content.length;
    const end = area?.selectionEnd ?? start;
    const place = columnPlace(column);
    onChange({ ...turn, content: turn.content.slice(0, start) + place + turn.content.slice(end) });
    requestAnimationFrame(() => {
      area?.focus();
      area?.setSelectionRange(start + place.length, start + place.length);
    });
  };
  return (
    <li className="turn-field" aria-label={`Turn ${at + 1}`}>
      <div className="field-line">
        <select
          aria-label={`Role of turn ${at + 1}`}
          value={turn.role}
          onChange={(event) => onChange({ ...turn, role: event.target.value })}
        >
          {[...new Set([...roles, turn.role])].map((role) => (
            <option key={role} value={role}>
              {role}
            </option>
          ))}
        </select>
        <Button
          look="quiet"
          className="icon-only"
          aria-label={`Remove turn ${at + 1}`}
          title={`Remove turn ${at + 1}`}
          onClick={() => onChange(null)}
        >
          <Icon name="close" />
        </Button>
      </div>
      <textarea
        ref={text}
        rows={2}
        className="mono"
        aria-label={`Text of turn ${at + 1}`}
        value={turn.content}
        spellCheck={false}
        onChange={(event) => onChange({ ...turn, content: event.target.value })}
      />
      <div className="chips">
        {columns.slice(0, chipLimit).map((column) => (
          <button
            key={column}
            type="button"
            className="chip mono"
            aria-label={`Insert column ${column} into turn ${at + 1}`}
            onClick={() => insert(column)}
          >
            {columnPlace(column)}
          </button>
        ))}
      </div>
    </li>
  );
}

/** Turns written by hand, with places for columns: every row becomes a conversation by this pattern. */
export function MessagesTemplate({ summary, turns }: { summary: DatasetSummary; turns: MessageTurn[] }) {
  const columns = summary.columns.map(({ name }) => name);
  return (
    <div className="section">
      <h4>Turns built out of columns</h4>
      <p className="note">
        <code className="mono">{'{column}'}</code> stands for a row’s value; <code className="mono">{'{{'}</code> and{' '}
        <code className="mono">{'}}'}</code> are braces.
      </p>
      <ol className="turn-fields">
        {turns.map((turn, at) => (
          <Turn
            key={at}
            turn={turn}
            at={at}
            columns={columns}
            onChange={(next) => setMessagesTemplate(turns.flatMap((one, index) => (index === at ? (next ?? []) : one)))}
          />
        ))}
      </ol>
      <div className="field-line">
        <Button
          onClick={() =>
            setMessagesTemplate([...turns, { role: turns.at(-1)?.role === 'user' ? 'assistant' : 'user', content: '' }])
          }
        >
          <Icon name="plus" />
          Add a turn
        </Button>
        <Button look="quiet" onClick={() => setMessagesTemplate(null)}>
          Map columns instead
        </Button>
      </div>
    </div>
  );
}
