/** Marks where in the text an error stands: its line, and the sign at its column. */
import { StateEffect, StateField, type Extension } from '@codemirror/state';
import { Decoration, EditorView, type DecorationSet } from '@codemirror/view';

interface Place {
  line: number;
  column: number;
}

const placed = StateEffect.define<Place | null>();
const line = Decoration.line({ class: 'template-error-line', attributes: { 'aria-invalid': 'true' } });
const sign = Decoration.mark({ class: 'template-error-sign' });

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    const effect = transaction.effects.find((one) => one.is(placed));
    if (!effect) return marks.map(transaction.changes);
    const place = effect.value;
    const { doc } = transaction.state;
    if (!place || place.line > doc.lines) return Decoration.none;
    const { from, to } = doc.line(place.line);
    // An error at the end of a line marks the line's last sign; an empty line has none.
    const at = Math.min(from + place.column - 1, Math.max(from, to - 1));
    const ranges = [line.range(from)];
    if (to > from) ranges.push(sign.range(at, at + 1));
    return Decoration.set(ranges);
  },
  provide: (marks) => EditorView.decorations.from(marks),
});

export const errorMark: Extension = field;

/** The transaction that puts the mark at a place (line and column from 1), or takes it away. */
export const markError = (place: Place | null) => ({ effects: placed.of(place) });

/** Position of a place in a text, cut to it. */
export function positionOf(view: EditorView, { line, column }: Place): number {
  const { from, to } = view.state.doc.line(Math.min(line, view.state.doc.lines));
  return Math.min(from + column - 1, to);
}
