/** What a person changes in a data set without touching the file. Plain data, kept in order: undo takes the last one away. */

export type FixName =
  /** Leaves the row out; it is counted as dropped. */
  | 'drop_row'
  /** Joins neighbouring turns of one role, a blank line between their texts. */
  | 'merge_turns'
  /** Removes turns whose text is empty. */
  | 'drop_empty_turns'
  /** Removes the turns after the last answer. */
  | 'drop_unanswered'
  /** Removes white space around each turn's text. */
  | 'trim'
  /** Breaks special tokens' text in contents, so that it is read as text. */
  | 'escape_control_tokens';

export type DatasetEdit =
  /** A fix for every row that has a problem of class `code` (`rows: null`), or for these rows. */
  | { kind: 'fix'; fix: FixName; code: string; rows: number[] | null }
  /**
   * Trains on (1) or masks (0) a whole turn (`start` and `end` null) or part of its content (UTF-16 units of the
   * message's content). Later edits win over earlier ones. Kept in the data as `weight` and `weights` when it is saved.
   */
  | { kind: 'weight'; row: number; message: number; start: number | null; end: number | null; weight: 0 | 1 }
  /** Leaves out rows outside of these whole lengths in tokens. */
  | { kind: 'length'; min: number | null; max: number | null };

/** A click that would repair a class of problems: an edit of the data, or a setting of the recipe. */
export type ProblemFix =
  { kind: 'edit'; label: string; fix: FixName } | { kind: 'recipe'; label: string; path: string; value: unknown };
