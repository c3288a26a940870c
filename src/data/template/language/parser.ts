/** Tokens → statements: the grammar of Jinja 3.1 with `break`, `continue` and transformers' `{% generation %}`. */
import type { BlockFilter, Parameter, Statement, Target } from './ast';
import { ExpressionParser } from './expressionParser';
import { lex, normalizedSource } from './lexer';
import { invalid } from './place';

const unavailable: readonly string[] = ['extends', 'include', 'import', 'from'];
const deepest = 200;

class TemplateParser extends ExpressionParser {
  #loops = 0;
  #depth = 0;
  /** What a block that is being read is, for the message when it is never closed. */
  #open: { tag: string; at: number }[] = [];

  template(): Statement[] {
    const body = this.#body([]);
    return body;
  }

  /** Statements up to a block tag of one of these names, which is left to be read. */
  #body(ends: readonly string[]): Statement[] {
    if (++this.#depth > deepest) throw this.fail('blocks nested too deeply');
    const statements: Statement[] = [];
    for (;;) {
      const token = this.peek();
      if (token.type === 'end') {
        const open = this.#open.at(-1);
        if (ends.length === 0 || !open) break;
        throw invalid(this.source, open.at, `{% ${open.tag} %} is never closed, expected {% ${ends.at(-1) ?? ''} %}`);
      }
      if (token.type === 'text') {
        this.next();
        statements.push({ type: 'text', text: token.value, at: token.at });
      } else if (token.type === 'print') {
        this.next();
        const value = this.tuple();
        statements.push({ type: 'output', value, at: token.at });
        this.expectType('endprint', '}}');
      } else {
        this.next();
        const tag = this.peek();
        if (tag.type === 'name' && ends.includes(tag.value)) break;
        statements.push(...this.#statement(token.at));
      }
    }
    this.#depth--;
    return statements;
  }

  /** Body of a block with its end tag. */
  #block(tag: string, at: number, end: string): Statement[] {
    return this.#enclosed(tag, at, () => {
      this.expectType('endblock', '%}');
      const body = this.#body([end]);
      this.next();
      return body;
    });
  }

  #enclosed<R>(tag: string, at: number, read: () => R): R {
    this.#open.push({ tag, at });
    const result = read();
    this.#open.pop();
    return result;
  }

  #statement(at: number): Statement[] {
    const token = this.next();
    if (token.type !== 'name')
      throw invalid(this.source, token.at, `expected the name of a tag, got ${describe(token.value)}`);
    const statements = this.#tag(token.value, token.at, at);
    this.expectType('endblock', '%}');
    return statements;
  }

  #tag(tag: string, tagAt: number, at: number): Statement[] {
    switch (tag) {
      case 'if':
        return [this.#if(at)];
      case 'for':
        return [this.#for(at)];
      case 'set':
        return [this.#set(at)];
      case 'macro':
        return [this.#macro(at)];
      case 'call': {
        const parameters = this.isOperator('(') ? this.#parameters() : [];
        const call = this.expression();
        if (call.type !== 'call') throw invalid(this.source, call.at, 'expected a call of a macro');
        return [{ type: 'callblock', parameters, call, body: this.#block(tag, at, 'endcall'), at }];
      }
      case 'filter': {
        const filters = this.#filters(true);
        return [{ type: 'filterblock', filters, body: this.#block(tag, at, 'endfilter'), at }];
      }
      case 'generation':
        return [{ type: 'generation', body: this.#block(tag, at, 'endgeneration'), at }];
      case 'with':
        return [this.#with(at)];
      case 'autoescape':
        this.expression();
        return [{ type: 'scope', body: this.#block(tag, at, 'endautoescape'), at }];
      case 'block': {
        this.expectType('name', 'a name');
        while (this.peek().type === 'name') this.next();
        return [{ type: 'scope', body: this.#blockEnd(tag, at), at }];
      }
      case 'print': {
        const outputs: Statement[] = [];
        while (this.peek().type !== 'endblock') {
          if (outputs.length > 0) this.expectOperator(',');
          outputs.push({ type: 'output', value: this.expression(), at });
        }
        return outputs;
      }
      case 'break':
      case 'continue':
        if (this.#loops === 0) throw invalid(this.source, tagAt, `"${tag}" stands outside of a loop`);
        return [{ type: tag, at }];
      default: {
        if (unavailable.includes(tag))
          throw invalid(this.source, tagAt, `"${tag}" needs other files, which chat templates don't have`);
        const open = this.#open.at(-1);
        throw invalid(
          this.source,
          tagAt,
          `unknown tag "${tag}"${open ? ` inside {% ${open.tag} %} of line ${this.lineOf(open.at)}` : ''}`,
        );
      }
    }
  }

  #blockEnd(tag: string, at: number): Statement[] {
    const body = this.#block(tag, at, 'endblock');
    if (this.peek().type === 'name') this.next();
    return body;
  }

  #if(at: number): Statement {
    return this.#enclosed('if', at, () => {
      const branches = [];
      let otherwise: Statement[] = [];
      let test = this.tuple(false);
      for (;;) {
        this.expectType('endblock', '%}');
        branches.push({ test, body: this.#body(['elif', 'else', 'endif']) });
        const { value } = this.next();
        if (value === 'elif') {
          test = this.tuple(false);
          continue;
        }
        if (value === 'else') {
          this.expectType('endblock', '%}');
          otherwise = this.#body(['endif']);
          this.next();
        }
        return { type: 'if', branches, otherwise, at };
      }
    });
  }

  #for(at: number): Statement {
    const target = this.#target(false, true);
    this.expectName('in');
    const iterable = this.tuple(false, 'recursive');
    const test = this.skipName('if') ? this.expression() : null;
    const isRecursive = this.skipName('recursive');
    return this.#enclosed('for', at, () => {
      this.expectType('endblock', '%}');
      this.#loops++;
      const body = this.#body(['else', 'endfor']);
      this.#loops--;
      let otherwise: Statement[] = [];
      if (this.next().value === 'else') {
        this.expectType('endblock', '%}');
        otherwise = this.#body(['endfor']);
        this.next();
      }
      return { type: 'for', target, iterable, test, isRecursive, body, otherwise, at };
    });
  }

  #set(at: number): Statement {
    const target = this.#target(true, true);
    if (this.skipOperator('=')) return { type: 'set', target, value: this.tuple(), at };
    const filters = this.#filters(false);
    return { type: 'setblock', target, filters, body: this.#block('set', at, 'endset'), at };
  }

  #with(at: number): Statement {
    const bindings: { target: Target; value: ReturnType<TemplateParser['expression']> }[] = [];
    while (this.peek().type !== 'endblock') {
      if (bindings.length > 0) this.expectOperator(',');
      const target = this.#target(false, false);
      this.expectOperator('=');
      bindings.push({ target, value: this.expression() });
    }
    return { type: 'with', bindings, body: this.#block('with', at, 'endwith'), at };
  }

  #macro(at: number): Statement {
    const { value: name } = this.expectType('name', 'the name of the macro');
    const parameters = this.#parameters();
    const loops = this.#loops;
    this.#loops = 0;
    const body = this.#block('macro', at, 'endmacro');
    this.#loops = loops;
    return { type: 'macro', name, parameters, body, at };
  }

  #parameters(): Parameter[] {
    const parameters: Parameter[] = [];
    this.expectOperator('(');
    while (!this.isOperator(')')) {
      if (parameters.length > 0) this.expectOperator(',');
      const { value: name, at } = this.expectType('name', 'the name of a parameter');
      const fallback = this.skipOperator('=') ? this.expression() : null;
      if (!fallback && parameters.at(-1)?.fallback)
        throw invalid(this.source, at, 'a parameter without a default follows one with a default');
      parameters.push({ name, fallback });
    }
    this.expectOperator(')');
    return parameters;
  }

  /** `filter upper | trim` (the first without a bar) or `set x | trim`. */
  #filters(isBare: boolean): BlockFilter[] {
    const filters: BlockFilter[] = [];
    while ((isBare && filters.length === 0) || this.skipOperator('|')) {
      const { value: name, at } = this.expectType('name', 'the name of a filter');
      filters.push({ name: name + this.dottedRest(), args: this.isOperator('(') ? this.callArguments() : [], at });
    }
    return filters;
  }

  #target(withMembers: boolean, withTuple: boolean): Target {
    const one = (): Target => {
      const at = this.peek().at;
      if (this.skipOperator('(')) {
        const inner = this.#target(withMembers, true);
        this.expectOperator(')');
        return inner;
      }
      const { value: name } = this.expectType('name', 'the name of a variable');
      if (['true', 'false', 'none', 'True', 'False', 'None'].includes(name))
        throw invalid(this.source, at, `can't assign to "${name}"`);
      if (withMembers && this.skipOperator('.')) {
        return { type: 'member', object: name, name: this.expectType('name', 'a name').value, at };
      }
      return { type: 'name', name, at };
    };
    const { at } = this.peek();
    const first = one();
    if (!withTuple || !this.isOperator(',')) return first;
    const items = [first];
    while (this.skipOperator(',')) {
      if (this.peek().type !== 'name' && !this.isOperator('(')) break;
      if (this.isName('in')) break;
      items.push(one());
    }
    return { type: 'tuple', items, at };
  }
}

const describe = (value: string): string => (value === '' ? 'the end of the template' : JSON.stringify(value));

/** A template's statements. `source` must be normalized ({@link normalizedSource}). Throws `template/invalid` with the place. */
export function parseTemplate(source: string): Statement[] {
  return new TemplateParser(source, lex(source)).template();
}

export { normalizedSource };
