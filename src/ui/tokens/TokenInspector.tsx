import { visibleSpace, type TokenCell } from '../../state/tokens';

const quoted = (text: string): string =>
  text === '' ? 'part of the character before' : visibleSpace(text).replace(/\n/g, '');

/** What is known of the current token: place, text, id, trained or masked, and which token the model learns to say there. */
export function TokenInspector({ cell, withLabels }: { cell: TokenCell | null; withLabels: boolean }) {
  return (
    <div className="inspector" role="status" aria-label="Token">
      {cell === null ? (
        <span className="muted">Point at a token, or move with the arrow keys.</span>
      ) : (
        <>
          <span>
            <span className="name">token {cell.index + 1}</span>
            <code>{quoted(cell.text)}</code>
          </span>
          <span>
            <span className="name">id</span>
            <code>{cell.id}</code>
          </span>
          {withLabels && <span>{cell.trained ? 'trained' : 'masked'}</span>}
          {withLabels && (
            <span title="The loss shifts by one: what is learned at this position is the next token">
              <span className="name">→ learns next</span>
              {cell.learnsNext === null ? (
                <span className="muted">nothing</span>
              ) : (
                <>
                  <code>{quoted(cell.learnsNext)}</code> <span className="name">id</span>
                  <code>{cell.learnsNextId}</code>
                </>
              )}
            </span>
          )}
        </>
      )}
    </div>
  );
}
