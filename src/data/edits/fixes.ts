/** Which clicks repair a class of problems. Only what is safe: a fix never invents text. */
import type { FixName, ProblemFix } from '../../protocol/edits';

/** What is known of a class when its fixes are chosen. */
export interface FixContext {
  /** Problems of the class, at least the first: an ErrorRecord or a RowWarning of `judgeRow`. */
  samples: readonly { data?: Record<string, unknown> }[];
  /** The recipe's present `dataset.role_map`; a fix adds to it. */
  roleMap: Readonly<Record<string, string>>;
  /** Smallest `max_length` that cuts no answer of the rows concerned, or null when it isn't known. */
  neededLength: number | null;
}

const labels: Record<FixName, string> = {
  drop_row: 'Leave these rows out',
  merge_turns: 'Join the turns',
  drop_empty_turns: 'Remove the empty turns',
  drop_unanswered: 'Remove what follows the last answer',
  trim: 'Trim white space',
  escape_control_tokens: 'Break the control tokens’ text',
};

/** Fixes of warnings, the safest first. Errors all get `drop_row`. */
const ofWarnings: Readonly<Record<string, readonly FixName[]>> = {
  'data/control-token': ['escape_control_tokens', 'drop_row'],
  'data/untrimmed': ['trim'],
  'data/repeated-role': ['merge_turns', 'drop_row'],
  'data/repeated-turn': ['drop_row'],
  'data/empty-turn': ['drop_empty_turns', 'drop_row'],
  'data/empty-answer': ['drop_empty_turns', 'drop_row'],
  'data/ends-without-answer': ['drop_unanswered', 'drop_row'],
  'data/starts-with-answer': ['drop_row'],
  'data/answer-repeats-question': ['drop_row'],
  'data/unclosed-think': ['drop_row'],
  'data/lone-surrogate': ['drop_row'],
  'data/mixed-format': ['drop_row'],
  'data/labelled-bad': ['drop_row'],
  'data/arguments-not-json': ['drop_row'],
  'data/tools-not-rendered': ['drop_row'],
  'data/nothing-to-train': ['drop_row'],
};

const truncations = new Set(['data/turns-dropped', 'data/answer-cut', 'data/nothing-left']);

/** The clicks for a class of problems, the safest first; none where only a person can tell. */
export function fixesFor(severity: 'error' | 'warning', code: string, context: FixContext): ProblemFix[] {
  const edit = (fix: FixName): ProblemFix => ({ kind: 'edit', label: labels[fix], fix });
  if (severity === 'error') {
    const mapped = code === 'data/unknown-role' ? roleMapFix(context) : null;
    return [...(mapped ? [mapped] : []), edit('drop_row')];
  }
  // Rows of one file that are in training and held out are duplicates of each other.
  if (code === 'data/duplicate-row' || code === 'data/validation-in-train')
    return [{ kind: 'recipe', label: 'Keep one of each', path: 'dataset.drop_duplicates', value: true }];
  const edits = (Object.hasOwn(ofWarnings, code) ? ofWarnings[code] : [])?.map(edit) ?? [];
  if (!truncations.has(code)) return edits;
  const { neededLength } = context;
  const longer: ProblemFix[] =
    neededLength === null
      ? []
      : [
          {
            kind: 'recipe',
            label: `Set max_length to ${neededLength.toLocaleString('en-US')}`,
            path: 'training.max_length',
            value: neededLength,
          },
        ];
  return [...longer, edit('drop_row')];
}

/** Maps every unknown role for which a usual name is known. */
function roleMapFix({ samples, roleMap }: FixContext): ProblemFix | null {
  const guesses = new Map<string, string>();
  for (const { data } of samples) {
    const pairs = data?.['guesses'];
    if (!Array.isArray(pairs)) continue;
    for (const [role, guess] of pairs as [string, string][]) guesses.set(role, guess);
  }
  if (guesses.size === 0) return null;
  const shown = [...guesses].map(([role, guess]) => `${role} as ${guess}`).join(', ');
  // By entries: a role may be called __proto__, which assignment would not store.
  const value = Object.fromEntries([...Object.entries(roleMap), ...guesses]);
  return { kind: 'recipe', label: `Read ${shown}`, path: 'dataset.role_map', value };
}
