/** Jinja as chat templates use it, for highlighting. Text outside of tags stays plain, control tokens in it excepted. */
import { HighlightStyle, StreamLanguage, syntaxHighlighting, type StringStream } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { tags } from '@lezer/highlight';

interface State {
  /** What closes the tag that the stream is in; null outside. */
  closer: '%}' | '}}' | '#}' | null;
  /** The next name is a statement's (`for`), a filter's (`| trim`) or neither. */
  expects: 'statement' | 'filter' | null;
}

const statements =
  /^(?:if|elif|else|endif|for|endfor|set|endset|macro|endmacro|call|endcall|filter|endfilter|break|continue|raw|endraw|generation|endgeneration)$/;
const words = /^(?:and|or|not|in|is|if|else|true|false|none|True|False|None)$/;
const atoms = /^(?:true|false|none)$/i;
/** `<|im_end|>`, `<s>`, `</s>`, `[INST]`: what control tokens look like. */
const controlToken = /^(?:<\|[^|<>\s]{1,40}\|>|<\/?[a-z_]{1,20}>|\[\/?[A-Z_]{2,20}\])/;

function outside(stream: StringStream, state: State): string | null {
  const opened = stream.match(/^\{([%{#])[-+]?/) as RegExpMatchArray | null;
  if (opened) {
    state.closer = opened[1] === '%' ? '%}' : opened[1] === '{' ? '}}' : '#}';
    state.expects = opened[1] === '%' ? 'statement' : null;
    return state.closer === '#}' ? 'comment' : 'bracket';
  }
  if (stream.match(controlToken)) return 'special';
  stream.next();
  stream.eatWhile(/[^{<[]/);
  return null;
}

function inside(stream: StringStream, state: State): string | null {
  if (stream.eatSpace()) return null;
  const text = stream.string.slice(stream.pos);
  const close = /^[-+]?[%}]\}/.exec(text)?.[0];
  if (close?.endsWith(state.closer ?? '') === true) {
    stream.pos += close.length;
    state.closer = null;
    return 'bracket';
  }
  if (stream.match(/^'(?:[^'\\]|\\.)*'?/) || stream.match(/^"(?:[^"\\]|\\.)*"?/)) return 'string';
  if (stream.match(/^\d+(?:\.\d+)?/)) return 'number';
  const name = (stream.match(/^[A-Za-z_]\w*/) as RegExpMatchArray | null)?.[0];
  if (name !== undefined) {
    const { expects } = state;
    state.expects = null;
    if (expects === 'statement' && statements.test(name)) return name.endsWith('generation') ? 'generation' : 'keyword';
    if (atoms.test(name)) return 'atom';
    if (words.test(name)) return 'keyword';
    return expects === 'filter' ? 'function' : 'variable';
  }
  const sign = stream.next();
  state.expects = sign === '|' ? 'filter' : null;
  return 'operator';
}

const jinja = StreamLanguage.define<State>({
  name: 'jinja',
  startState: () => ({ closer: null, expects: null }),
  copyState: (state) => ({ ...state }),
  token: (stream, state) => {
    if (state.closer === null) return outside(stream, state);
    if (state.closer !== '#}') return inside(stream, state);
    if (stream.match(/^.*?#\}/)) state.closer = null;
    else stream.skipToEnd();
    return 'comment';
  },
  tokenTable: {
    bracket: tags.bracket,
    comment: tags.comment,
    special: tags.special(tags.string),
    string: tags.string,
    number: tags.number,
    keyword: tags.keyword,
    generation: tags.definitionKeyword,
    atom: tags.atom,
    function: tags.function(tags.variableName),
    variable: tags.variableName,
    operator: tags.operator,
  },
  languageData: { commentTokens: { block: { open: '{#', close: '#}' } } },
});

const looks = HighlightStyle.define([
  { tag: tags.comment, class: 'jinja-comment' },
  { tag: tags.bracket, class: 'jinja-bracket' },
  { tag: tags.keyword, class: 'jinja-keyword' },
  { tag: tags.definitionKeyword, class: 'jinja-generation' },
  { tag: [tags.string, tags.number, tags.atom], class: 'jinja-value' },
  { tag: tags.special(tags.string), class: 'jinja-special' },
  { tag: tags.function(tags.variableName), class: 'jinja-filter' },
]);

/** Jinja's language and its looks (classes of template.css). */
export const jinjaSupport: Extension = [jinja, syntaxHighlighting(looks)];
