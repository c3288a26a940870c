/** Every class of problem that reading and judging a row can give. The page and the sample of broken rows know them by these names. */
export const errorCodes = [
  'data/invalid-json',
  'data/not-utf8',
  'data/line-too-long',
  'data/not-an-object',
  'data/missing-column',
  'data/missing-messages',
  'data/empty-conversation',
  'data/message-not-an-object',
  'data/missing-role',
  'data/unknown-role',
  'data/missing-content',
  'data/wrong-type',
  'data/invalid-cell',
  'data/bad-part',
  'data/unsupported-part',
  'data/bad-tool-call',
  'data/bad-tools',
  'data/bad-weight',
  'data/bad-weights',
  'data/bad-train',
  'data/bad-messages-template',
  'data/no-assistant',
] as const;

/** What is only odd about a row: it is used as it stands. */
export const warningCodes = [
  'data/duplicate-key',
  'data/lone-surrogate',
  'data/parts-joined',
  'data/mixed-format',
  'data/preference-as-sft',
  'data/reasoning-renamed',
  'data/call-renamed',
  'data/arguments-not-json',
  'data/labelled-bad',
  'data/empty-answer',
  'data/empty-turn',
  'data/untrimmed',
  'data/repeated-role',
  'data/repeated-turn',
  'data/starts-with-answer',
  'data/ends-without-answer',
  'data/answer-repeats-question',
  'data/unclosed-think',
] as const;

export type ErrorCode = (typeof errorCodes)[number];
export type WarningCode = (typeof warningCodes)[number];
