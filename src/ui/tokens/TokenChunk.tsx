import { Fragment, memo, type CSSProperties } from 'react';
import { visibleSpace, type TokenCell } from '../../state/tokens';

export interface TokenLook {
  byToken: boolean;
  showSpace: boolean;
  showIds: boolean;
}

interface Props extends TokenLook {
  cells: readonly TokenCell[];
  idPrefix: string;
  /** Ends in the middle of a line. */
  isCut: boolean;
  /** One of several blocks of a turn: laid out and painted only in sight. */
  isPart: boolean;
}

function shown(cell: TokenCell, { byToken, showSpace, showIds }: TokenLook): string {
  if (cell.text === '') return byToken ? '⋯' : '';
  if (!showSpace && !byToken) return cell.text;
  const text = visibleSpace(cell.text);
  // A box with its id below can't hold the break itself: it follows the box.
  return showIds ? text.replace(/\n/g, '') : text;
}

/** A name for a token that has no glyph to read out; undefined where its own text will do. */
function spokenName({ text }: TokenCell): string | undefined {
  if (text === '') return 'continued character';
  if (text.trim() !== '') return undefined;
  return [...text].map((char) => ({ ' ': 'space', '\n': 'line feed', '\t': 'tab' })[char] ?? 'white space').join(' ');
}

/** How much room a block will take, as far as its text says: the browser lays out those that it believes are in sight. */
function roomOf(cells: readonly TokenCell[]): CSSProperties {
  let chars = 0;
  let lines = 1;
  for (const { text } of cells) {
    chars += text.length;
    if (text.includes('\n')) lines++;
  }
  return { '--chars': chars, '--lines': lines } as CSSProperties;
}

const sameCells = (a: readonly TokenCell[], b: readonly TokenCell[]): boolean =>
  a === b ||
  (a.length === b.length &&
    a.every((cell, at) => {
      const other = b[at];
      return (
        other !== undefined &&
        cell.id === other.id &&
        cell.index === other.index &&
        cell.trained === other.trained &&
        cell.special === other.special &&
        cell.text === other.text
      );
    }));

/**
 * Some hundred tokens as a block of lines. After an edit a row comes back as new cells that are mostly as before: they are compared by
 * value, so that only the chunks that changed are drawn anew.
 */
export const TokenChunk = memo(
  function TokenChunk({ cells, idPrefix, isCut, isPart, ...look }: Props) {
    return (
      <div
        role="presentation"
        className={`chunk${isPart ? ' part' : ''}${isCut ? ' cut' : ''}`}
        style={isPart ? roomOf(cells) : undefined}
      >
        {cells.map((cell) => (
          <Fragment key={cell.index}>
            <span
              id={`${idPrefix}${cell.index}`}
              data-index={cell.index}
              data-id={look.showIds ? cell.id : undefined}
              role="option"
              aria-label={spokenName(cell)}
              aria-selected={cell.trained}
              className={`token${cell.trained ? ' trained' : ''}${cell.special ? ' special' : ''}`}
            >
              {shown(cell, look)}
            </span>
            {look.showIds && cell.text.includes('\n') && <br />}
          </Fragment>
        ))}
      </div>
    );
  },
  (before, after) =>
    before.idPrefix === after.idPrefix &&
    before.isCut === after.isCut &&
    before.isPart === after.isPart &&
    before.byToken === after.byToken &&
    before.showSpace === after.showSpace &&
    before.showIds === after.showIds &&
    sameCells(before.cells, after.cells),
);
