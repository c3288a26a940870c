/** What a template is parsed into. `at` is an offset in the normalized source. */
export interface Argument {
  /** Keyword; null for a positional argument. */
  key: string | null;
  value: Expression;
  /** `*list` or `**mapping`. */
  spread: '' | '*' | '**';
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**';
export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';

export type Expression = { at: number } & (
  | { type: 'constant'; value: string | number | bigint | boolean | null }
  | { type: 'float'; value: number }
  | { type: 'name'; name: string }
  | { type: 'list' | 'tuple'; items: Expression[] }
  | { type: 'dict'; entries: [Expression, Expression][] }
  | { type: 'binary'; operator: BinaryOperator; left: Expression; right: Expression }
  | { type: 'concat'; items: Expression[] }
  | { type: 'compare'; first: Expression; rest: { operator: CompareOperator; value: Expression }[] }
  | { type: 'and' | 'or'; left: Expression; right: Expression }
  | { type: 'not' | 'negative' | 'positive'; value: Expression }
  | { type: 'condition'; test: Expression; yes: Expression; no: Expression | null }
  | { type: 'attribute'; object: Expression; name: string }
  | { type: 'item'; object: Expression; key: Expression }
  | { type: 'slice'; object: Expression; start: Expression | null; stop: Expression | null; step: Expression | null }
  | { type: 'call'; callee: Expression; args: Argument[] }
  | { type: 'filter'; name: string; value: Expression; args: Argument[] }
  | { type: 'test'; name: string; value: Expression; args: Argument[] }
);

export type Target =
  | { type: 'name'; name: string; at: number }
  | { type: 'member'; object: string; name: string; at: number }
  | { type: 'tuple'; items: Target[]; at: number };

export interface Parameter {
  name: string;
  fallback: Expression | null;
}

/** A filter of a block: its value is the block's text. */
export interface BlockFilter {
  name: string;
  args: Argument[];
  at: number;
}

export type Statement = { at: number } & (
  | { type: 'text'; text: string }
  | { type: 'output'; value: Expression }
  | { type: 'if'; branches: { test: Expression; body: Statement[] }[]; otherwise: Statement[] }
  | {
      type: 'for';
      target: Target;
      iterable: Expression;
      test: Expression | null;
      isRecursive: boolean;
      body: Statement[];
      otherwise: Statement[];
    }
  | { type: 'break' | 'continue' }
  | { type: 'set'; target: Target; value: Expression }
  | { type: 'setblock'; target: Target; filters: BlockFilter[]; body: Statement[] }
  | { type: 'macro'; name: string; parameters: Parameter[]; body: Statement[] }
  | { type: 'callblock'; parameters: Parameter[]; call: Expression; body: Statement[] }
  | { type: 'filterblock'; filters: BlockFilter[]; body: Statement[] }
  | { type: 'with'; bindings: { target: Target; value: Expression }[]; body: Statement[] }
  | { type: 'scope'; body: Statement[] }
  | { type: 'generation'; body: Statement[] }
);
