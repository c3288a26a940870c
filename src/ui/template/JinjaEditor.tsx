import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { unifiedMergeView } from '@codemirror/merge';
import { Compartment, EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightSpecialChars, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { errorMark, markError, positionOf } from './errorMark';
import { jinjaSupport } from './jinjaLanguage';

interface Props {
  text: string;
  /** Shown as the other side of the difference; null shows none. */
  original: string | null;
  /** Marked anew with every new object: the text under an old mark may have been replaced. */
  errorAt: { line: number; column: number } | null;
  onChange: (text: string) => void;
  /** Moves the cursor to the error when it grows. */
  visits: number;
}

const difference = new Compartment();
const differenceOf = (original: string | null) =>
  original === null ? [] : unifiedMergeView({ original, mergeControls: false, highlightChanges: true, gutter: true });

/** A template's text to edit: Jinja in colour, the error's place marked, the difference from the original. */
export function JinjaEditor({ text, original, errorAt, onChange, visits }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const changed = useRef(onChange);
  const initial = useRef({ text, original });
  useEffect(() => {
    changed.current = onChange;
  }, [onChange]);

  useEffect(() => {
    if (!host.current) return;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: initial.current.text,
        extensions: [
          lineNumbers(),
          highlightSpecialChars(),
          history(),
          drawSelection(),
          keymap.of([...defaultKeymap, ...historyKeymap]),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': 'Template text', spellcheck: 'false' }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) changed.current(update.state.doc.toString());
          }),
          jinjaSupport,
          errorMark,
          difference.of(differenceOf(initial.current.original)),
        ],
      }),
    });
    view.current = editor;
    return () => {
      view.current = null;
      editor.destroy();
    };
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === text) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);
  useEffect(() => {
    view.current?.dispatch({ effects: difference.reconfigure(differenceOf(original)) });
  }, [original]);
  useEffect(() => {
    view.current?.dispatch(markError(errorAt));
  }, [errorAt]);
  useEffect(() => {
    const editor = view.current;
    if (visits === 0 || !editor || !errorAt) return;
    editor.dispatch({ selection: { anchor: positionOf(editor, errorAt) }, scrollIntoView: true });
    editor.focus();
    // Only a visit moves the cursor; a new error on its own does not.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [visits]);
  return <div ref={host} className="jinja-editor" />;
}
