/** Jinja's expressions, with Jinja's order of operators (a filter binds to the operand next to it, as in `a + b | trim`). */
import type { TunesmithError } from '../../../lib/errors';
import type { Argument, BinaryOperator, CompareOperator, Expression } from './ast';
import type { Token, TokenType } from './lexer';
import { invalid, placeOf } from './place';

const deepest = 200;
/** Operands in a row, as in `a + b + c`. */
const longest = 1000;
const comparisons: readonly string[] = ['==', '!=', '<', '<=', '>', '>='];
const testArgumentStarts: readonly TokenType[] = ['name', 'string', 'integer', 'float'];

export class ExpressionParser {
  #place = 0;
  #nesting = 0;

  constructor(
    readonly source: string,
    private readonly tokens: readonly Token[],
  ) {}

  peek(ahead = 0): Token {
    return (
      this.tokens[Math.min(this.#place + ahead, this.tokens.length - 1)] ?? {
        type: 'end',
        value: '',
        at: this.source.length,
      }
    );
  }
  next(): Token {
    const token = this.peek();
    this.#place++;
    return token;
  }
  isOperator(value: string): boolean {
    const token = this.peek();
    return token.type === 'operator' && token.value === value;
  }
  isName(value: string): boolean {
    const token = this.peek();
    return token.type === 'name' && token.value === value;
  }
  skipOperator(value: string): boolean {
    const found = this.isOperator(value);
    if (found) this.#place++;
    return found;
  }
  skipName(value: string): boolean {
    const found = this.isName(value);
    if (found) this.#place++;
    return found;
  }
  expectOperator(value: string): void {
    if (!this.skipOperator(value)) throw this.fail(`expected "${value}", got ${this.#found()}`);
  }
  expectName(value: string): void {
    if (!this.skipName(value)) throw this.fail(`expected "${value}", got ${this.#found()}`);
  }
  expectType(type: TokenType, what: string): Token {
    if (this.peek().type !== type)
      throw this.fail(`expected ${type.startsWith('end') ? `"${what}"` : what}, got ${this.#found()}`);
    return this.next();
  }
  fail(what: string): TunesmithError {
    return invalid(this.source, this.peek().at, what);
  }
  lineOf(at: number): number {
    return placeOf(this.source, at).line;
  }
  #found(): string {
    const { type, value } = this.peek();
    return type === 'end' ? 'the end of the template' : type === 'text' ? 'text' : JSON.stringify(value);
  }

  /** One expression, or several with commas between as a tuple. @param stop a name that ends a tuple. */
  tuple(withCondition = true, stop?: string): Expression {
    const { at } = this.peek();
    const items: Expression[] = [];
    let isTuple = false;
    for (;;) {
      const { type } = this.peek();
      if (
        type === 'endprint' ||
        type === 'endblock' ||
        this.isOperator(')') ||
        (stop !== undefined && this.isName(stop))
      )
        break;
      items.push(withCondition ? this.expression() : this.#or());
      if (!this.skipOperator(',')) break;
      isTuple = true;
    }
    const [first] = items;
    if (!isTuple && first) return first;
    if (!isTuple) throw this.fail(`expected an expression, got ${this.#found()}`);
    return { type: 'tuple', items, at };
  }

  /** One expression, `a if b else c` included. */
  expression(): Expression {
    if (++this.#nesting > deepest) throw this.fail('expressions nested too deeply');
    let value = this.#or();
    while (this.isName('if')) {
      const { at } = this.next();
      const test = this.#or();
      const no = this.skipName('else') ? this.expression() : null;
      value = { type: 'condition', test, yes: value, no, at };
    }
    this.#nesting--;
    return value;
  }

  #or(): Expression {
    let left = this.#and();
    for (let count = 0; this.isName('or'); count++) {
      if (count > longest) throw this.fail('expression too long');
      const { at } = this.next();
      left = { type: 'or', left, right: this.#and(), at };
    }
    return left;
  }
  #and(): Expression {
    let left = this.#not();
    for (let count = 0; this.isName('and'); count++) {
      if (count > longest) throw this.fail('expression too long');
      const { at } = this.next();
      left = { type: 'and', left, right: this.#not(), at };
    }
    return left;
  }
  #not(): Expression {
    if (!this.isName('not')) return this.#compare();
    if (++this.#nesting > deepest) throw this.fail('expressions nested too deeply');
    const { at } = this.next();
    const value = this.#not();
    this.#nesting--;
    return { type: 'not', value, at };
  }
  #compare(): Expression {
    const first = this.#sum();
    const rest: { operator: CompareOperator; value: Expression }[] = [];
    for (;;) {
      const { type, value } = this.peek();
      if (type === 'operator' && comparisons.includes(value)) {
        this.next();
        rest.push({ operator: value as CompareOperator, value: this.#sum() });
      } else if (this.skipName('in')) {
        rest.push({ operator: 'in', value: this.#sum() });
      } else if (this.isName('not') && this.peek(1).type === 'name' && this.peek(1).value === 'in') {
        this.next();
        this.next();
        rest.push({ operator: 'not in', value: this.#sum() });
      } else {
        return rest.length === 0 ? first : { type: 'compare', first, rest, at: first.at };
      }
    }
  }
  #binary(operators: readonly string[], operand: () => Expression): Expression {
    let left = operand();
    for (let count = 0; ; count++) {
      if (count > longest) throw this.fail('expression too long');
      const { type, value, at } = this.peek();
      if (type !== 'operator' || !operators.includes(value)) return left;
      this.next();
      left = { type: 'binary', operator: value as BinaryOperator, left, right: operand(), at };
    }
  }
  #sum(): Expression {
    return this.#binary(['+', '-'], () => this.#concat());
  }
  #concat(): Expression {
    const first = this.#product();
    if (!this.isOperator('~')) return first;
    const { at } = this.peek();
    const items = [first];
    while (this.skipOperator('~')) items.push(this.#product());
    return { type: 'concat', items, at };
  }
  #product(): Expression {
    return this.#binary(['*', '/', '//', '%'], () => this.#binary(['**'], () => this.#unary(true)));
  }
  #unary(withFilters: boolean): Expression {
    const { at, value } = this.peek();
    let node: Expression;
    if (this.isOperator('-') || this.isOperator('+')) {
      if (++this.#nesting > deepest) throw this.fail('expressions nested too deeply');
      this.next();
      node = { type: value === '-' ? 'negative' : 'positive', value: this.#unary(false), at };
      this.#nesting--;
    } else {
      node = this.#primary();
    }
    node = this.#postfix(node);
    return withFilters ? this.#filters(node) : node;
  }

  #primary(): Expression {
    const token = this.next();
    const { at, value } = token;
    switch (token.type) {
      case 'name': {
        const word = value.toLowerCase();
        const isConstant = value === word || value.slice(1) === word.slice(1);
        if (isConstant && (word === 'true' || word === 'false'))
          return { type: 'constant', value: word === 'true', at };
        if (isConstant && word === 'none') return { type: 'constant', value: null, at };
        return { type: 'name', name: value, at };
      }
      case 'string': {
        let text = value;
        while (this.peek().type === 'string') text += this.next().value;
        return { type: 'constant', value: text, at };
      }
      case 'integer': {
        const number = Number(value);
        return { type: 'constant', value: Number.isSafeInteger(number) ? number : BigInt(value), at };
      }
      case 'float':
        return { type: 'float', value: Number(value), at };
      case 'operator':
        if (value === '(') {
          if (this.skipOperator(')')) return { type: 'tuple', items: [], at };
          const inner = this.tuple();
          this.expectOperator(')');
          return inner;
        }
        if (value === '[') return { type: 'list', items: this.#items(']'), at };
        if (value === '{') return { type: 'dict', entries: this.#entries(), at };
    }
    this.#place--;
    throw this.fail(`expected an expression, got ${this.#found()}`);
  }

  #items(close: string): Expression[] {
    const items: Expression[] = [];
    while (!this.isOperator(close)) {
      if (items.length > 0) this.expectOperator(',');
      if (this.isOperator(close)) break;
      items.push(this.expression());
    }
    this.expectOperator(close);
    return items;
  }
  #entries(): [Expression, Expression][] {
    const entries: [Expression, Expression][] = [];
    while (!this.isOperator('}')) {
      if (entries.length > 0) this.expectOperator(',');
      if (this.isOperator('}')) break;
      const key = this.expression();
      this.expectOperator(':');
      entries.push([key, this.expression()]);
    }
    this.expectOperator('}');
    return entries;
  }

  #postfix(start: Expression): Expression {
    let node = start;
    for (let length = 0; ; length++) {
      if (length > deepest) throw this.fail('expression too long');
      const { at } = this.peek();
      if (this.skipOperator('.')) {
        const member = this.next();
        if (member.type === 'name') node = { type: 'attribute', object: node, name: member.value, at };
        else if (member.type === 'integer') {
          node = {
            type: 'item',
            object: node,
            key: { type: 'constant', value: Number(member.value), at: member.at },
            at,
          };
        } else throw invalid(this.source, member.at, 'expected a name after "."');
      } else if (this.skipOperator('[')) node = this.#subscript(node, at);
      else if (this.isOperator('(')) node = { type: 'call', callee: node, args: this.callArguments(), at: node.at };
      else return node;
    }
  }
  #subscript(object: Expression, at: number): Expression {
    const items: Expression[] = [];
    const isEdge = (): boolean => this.isOperator(':') || this.isOperator(']') || this.isOperator(',');
    do {
      const start = this.isOperator(':') ? null : this.expression();
      if (start && !this.isOperator(':')) {
        items.push(start);
        continue;
      }
      this.expectOperator(':');
      const stop = isEdge() ? null : this.expression();
      const step = this.skipOperator(':') && !isEdge() ? this.expression() : null;
      this.expectOperator(']');
      return { type: 'slice', object, start, stop, step, at };
    } while (this.skipOperator(','));
    this.expectOperator(']');
    const [first] = items;
    return { type: 'item', object, key: items.length === 1 && first ? first : { type: 'tuple', items, at }, at };
  }

  /** `(a, b=c, *d, **e)`, the parentheses included. */
  callArguments(): Argument[] {
    const args: Argument[] = [];
    this.expectOperator('(');
    while (!this.isOperator(')')) {
      if (args.length > 0) this.expectOperator(',');
      if (this.isOperator(')')) break;
      const spread = this.skipOperator('**') ? '**' : this.skipOperator('*') ? '*' : '';
      const token = this.peek();
      const after = this.peek(1);
      if (spread === '' && token.type === 'name' && after.type === 'operator' && after.value === '=') {
        this.next();
        this.next();
        args.push({ key: token.value, value: this.expression(), spread });
      } else {
        if (spread === '' && args.some(({ key }) => key !== null))
          throw this.fail('a positional argument follows a named one');
        args.push({ key: null, value: this.expression(), spread });
      }
    }
    this.expectOperator(')');
    return args;
  }

  dottedRest(): string {
    let rest = '';
    while (this.skipOperator('.')) rest += `.${this.expectType('name', 'a name').value}`;
    return rest;
  }

  #filters(start: Expression): Expression {
    let node = start;
    for (let length = 0; ; length++) {
      if (length > deepest) throw this.fail('expression too long');
      if (this.skipOperator('|')) {
        const { value, at } = this.expectType('name', 'the name of a filter');
        const name = value + this.dottedRest();
        node = { type: 'filter', name, value: node, args: this.isOperator('(') ? this.callArguments() : [], at };
      } else if (this.isName('is')) {
        node = this.#test(node);
      } else if (this.isOperator('(')) {
        node = { type: 'call', callee: node, args: this.callArguments(), at: node.at };
      } else return node;
    }
  }
  #test(value: Expression): Expression {
    const { at } = this.next();
    const isNegated = this.skipName('not');
    const name = this.expectType('name', 'the name of a test').value + this.dottedRest();
    let args: Argument[] = [];
    const { type, value: word } = this.peek();
    if (this.isOperator('(')) args = this.callArguments();
    else if (
      (testArgumentStarts.includes(type) || this.isOperator('[') || this.isOperator('{')) &&
      !(type === 'name' && ['else', 'or', 'and'].includes(word))
    ) {
      if (this.isName('is')) throw this.fail('two tests with "is" need parentheses');
      // As in Jinja, a test takes what follows for its argument; only these words can't be one.
      if (!(type === 'name' && ['if', 'in', 'not', 'recursive'].includes(word))) {
        args = [{ key: null, value: this.#postfix(this.#primary()), spread: '' }];
      }
    }
    const node: Expression = { type: 'test', name, value, args, at };
    return isNegated ? { type: 'not', value: node, at } : node;
  }
}
