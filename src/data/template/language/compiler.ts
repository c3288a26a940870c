/** Statements → functions, once per template; running them renders. */
import type { Parameter, Statement, Target } from './ast';
import { callWith, ExpressionCompiler, type Get } from './expressionCompiler';
import { Frame, FunctionScope, namesAssigned, namesOfTarget } from './scopes';
import type { RenderState } from './state';
import { str } from './text';
import {
  Callable,
  isTrue,
  itemsOf,
  lift,
  Loop,
  Namespace,
  TemplateFault,
  Tuple,
  Undefined,
  type Keywords,
  type Value,
} from './values';

/** 0: go on; 1: leave the loop; 2: next pass. */
type Signal = 0 | 1 | 2;
export type Run = (state: RenderState, frame: Frame) => Signal;
type Assign = (state: RenderState, frame: Frame, value: Value) => void;

export interface Program {
  run: Run;
  slotCount: number;
  /** Names from outside → slot of the outermost frame. */
  outside: ReadonlyMap<string, number>;
  /** Those of them that are read before the template itself assigns them. */
  free: ReadonlySet<string>;
}

/** Compiles a template. Throws `template/invalid` for filters and tests that don't exist. */
export function compileTemplate(source: string, body: Statement[]): Program {
  const compiler = new StatementCompiler(source);
  const run = compiler.scope(body);
  return { run, slotCount: compiler.root.slotCount, outside: compiler.outside, free: compiler.free };
}

const inSequence = (runs: Run[]): Run => {
  const [first, second] = runs;
  if (!first) return () => 0;
  if (runs.length === 1) return first;
  if (runs.length === 2 && second) return (state, frame) => first(state, frame) || second(state, frame);
  return (state, frame) => {
    for (const run of runs) {
      const signal = run(state, frame);
      if (signal !== 0) return signal;
    }
    return 0;
  };
};

class StatementCompiler extends ExpressionCompiler {
  #loopDepth = 0;

  /** A body in a scope of its own. */
  scope(body: Statement[], names: Iterable<string> = []): Run {
    const scope = this.current.push([...names, ...namesAssigned(body)]);
    for (const name of names) scope.assigned.add(name);
    const run = this.#body(body);
    this.current.pop();
    const slots = [...scope.names.values()];
    if (slots.length === 0) return run;
    return (state, frame) => {
      for (const slot of slots) frame.slots[slot] = undefined;
      return run(state, frame);
    };
  }

  #body(body: Statement[]): Run {
    return inSequence(body.map((statement) => this.#statement(statement)));
  }

  #statement(statement: Statement): Run {
    const { at } = statement;
    switch (statement.type) {
      case 'text': {
        const { text } = statement;
        return (state) => {
          state.write(text);
          return 0;
        };
      }
      case 'output': {
        const value = this.expression(statement.value);
        return (state, frame) => {
          const result = value(state, frame);
          state.write(typeof result === 'string' ? result : str(result));
          return 0;
        };
      }
      case 'if':
        return this.#if(statement);
      case 'for':
        return this.#for(statement);
      case 'break':
        return () => 1;
      case 'continue':
        return () => 2;
      case 'set': {
        const value = this.expression(statement.value);
        const assign = this.#assign(statement.target);
        return (state, frame) => {
          const result = value(state, frame);
          state.at = at;
          assign(state, frame, result);
          return 0;
        };
      }
      case 'setblock': {
        const body = this.scope(statement.body);
        const filtered = this.blockFilters(statement.filters);
        const assign = this.#assign(statement.target);
        return (state, frame) => {
          const text = state.capture(() => body(state, frame));
          const value = filtered(state, frame, text);
          state.at = at;
          assign(state, frame, value);
          return 0;
        };
      }
      case 'filterblock': {
        const body = this.scope(statement.body);
        const filtered = this.blockFilters(statement.filters);
        return (state, frame) => {
          const text = state.capture(() => body(state, frame));
          state.write(str(filtered(state, frame, text)));
          return 0;
        };
      }
      case 'macro': {
        // The name first: a macro may call itself.
        const assign = this.#assign({ type: 'name', name: statement.name, at });
        const make = this.#function(statement.name, statement.parameters, statement.body, at);
        return (state, frame) => {
          assign(state, frame, make(frame));
          return 0;
        };
      }
      case 'callblock': {
        const make = this.#function('caller', statement.parameters, statement.body, at);
        if (statement.call.type !== 'call') throw new Error('a call block without a call');
        const callee = this.expression(statement.call.callee);
        const args = this.callArguments(statement.call.args);
        return (state, frame) => {
          const target = callee(state, frame);
          const [list, keywords] = args(state, frame);
          const result = callWith(state, target, list, new Map([...(keywords ?? []), ['caller', make(frame)]]), at);
          state.write(str(result));
          return 0;
        };
      }
      case 'with': {
        const names = statement.bindings.flatMap(({ target }) => namesOfTarget(target));
        const values = statement.bindings.map(({ value }) => this.expression(value));
        const scope = this.current.push([...names, ...namesAssigned(statement.body)]);
        const assigns = statement.bindings.map(({ target }) => this.#assign(target));
        const body = this.#body(statement.body);
        this.current.pop();
        return (state, frame) => {
          const results = values.map((value) => value(state, frame));
          for (const slot of scope.names.values()) frame.slots[slot] = undefined;
          assigns.forEach((assign, index) => {
            assign(state, frame, results[index]);
          });
          return body(state, frame);
        };
      }
      case 'scope':
        return this.scope(statement.body);
      case 'generation': {
        const body = this.scope(statement.body);
        return (state, frame) => state.generation(() => body(state, frame));
      }
    }
  }

  #if({ branches, otherwise }: Extract<Statement, { type: 'if' }>): Run {
    const compiled = branches.map(({ test, body }, index) => {
      const condition = this.expression(test);
      return { condition, run: this.conditionally(() => this.#body(body)), index };
    });
    const last = this.conditionally(() => this.#body(otherwise));
    const [only] = compiled;
    if (compiled.length === 1 && only) {
      const { condition, run } = only;
      return (state, frame) => (isTrue(condition(state, frame)) ? run(state, frame) : last(state, frame));
    }
    return (state, frame) => {
      for (const { condition, run } of compiled) if (isTrue(condition(state, frame))) return run(state, frame);
      return last(state, frame);
    };
  }

  #for({ target, iterable, test, isRecursive, body, otherwise, at }: Extract<Statement, { type: 'for' }>): Run {
    const list = this.expression(iterable);
    const names = namesOfTarget(target);
    // The filter sees the loop's variables but not `loop`.
    let accepts: { assign: Assign; condition: Get } | null = null;
    if (test) {
      this.current.push(names);
      const assign = this.#assign(target);
      accepts = { assign, condition: this.expression(test) };
      this.current.pop();
    }
    const depth0 = this.#loopDepth++;
    const scope = this.current.push([...names, 'loop', ...namesAssigned(body)]);
    scope.assigned.add('loop');
    const assign = this.#assign(target);
    const run = this.#body(body);
    this.current.pop();
    this.#loopDepth--;
    const other = otherwise.length > 0 ? this.scope(otherwise) : null;
    const loopSlot = scope.names.get('loop') ?? 0;
    const assignedInBody = [...namesAssigned(body)].map((name) => scope.names.get(name) ?? 0);

    const pass = (state: RenderState, frame: Frame, value: Value, depth: number): Signal => {
      state.at = at;
      if (typeof value === 'string') state.spendItems(value.length);
      let items = itemsOf(value);
      if (accepts) {
        const { assign: bind, condition } = accepts;
        const all = items;
        items = all
          .map((_, index) => lift(all, index))
          .filter((one) => {
            state.step(at);
            bind(state, frame, one);
            return isTrue(condition(state, frame));
          });
      }
      if (items.length === 0) return other ? other(state, frame) : 0;
      const again = isRecursive
        ? new Callable('loop', (inner, args) => {
            inner.enter(at);
            const text = inner.capture(() => {
              const copy = new Frame(0, frame.parent);
              copy.slots.push(...frame.slots);
              pass(inner, copy, args[0], depth + 1);
            });
            inner.leave();
            return text;
          })
        : null;
      const loop = new Loop(items, depth, again);
      const one = (): Signal => run(state, frame);
      for (let index = 0; index < items.length; index++) {
        state.step(at);
        const item = lift(items, index);
        for (const slot of assignedInBody) frame.slots[slot] = undefined;
        loop.index0 = index;
        frame.slots[loopSlot] = loop;
        assign(state, frame, item);
        const message = typeof item === 'object' && item !== null ? messageOf(state, item) : undefined;
        const signal = message === undefined ? run(state, frame) : state.turn(message, one);
        if (signal === 1) break;
      }
      return 0;
    };
    return (state, frame) => pass(state, frame, list(state, frame), depth0);
  }

  /** What binds a value to a target in the present scope. */
  #assign(target: Target): Assign {
    switch (target.type) {
      case 'name': {
        const { innermost } = this.current;
        const slot = innermost.names.get(target.name);
        if (slot === undefined) throw new Error(`no slot for ${target.name}`);
        innermost.assigned.add(target.name);
        return (_, frame, value) => {
          frame.slots[slot] = value;
        };
      }
      case 'member': {
        const object = this.expression({ type: 'name', name: target.object, at: target.at });
        const { name } = target;
        return (state, frame, value) => {
          const space = object(state, frame);
          if (!(space instanceof Namespace)) throw new TemplateFault('cannot assign attribute on non-namespace object');
          space.members.set(name, value);
        };
      }
      case 'tuple': {
        const assigns = target.items.map((one) => this.#assign(one));
        return (state, frame, value) => {
          const items = itemsOf(value);
          if (items.length !== assigns.length) {
            throw new TemplateFault(
              items.length < assigns.length
                ? `not enough values to unpack (expected ${assigns.length}, got ${items.length})`
                : `too many values to unpack (expected ${assigns.length})`,
            );
          }
          assigns.forEach((assign, index) => {
            assign(state, frame, lift(items, index));
          });
        };
      }
    }
  }

  /** A macro or a call block's body, to be bound to the frame in which it is made. */
  #function(name: string, parameters: Parameter[], body: Statement[], at: number): (frame: Frame) => Callable {
    const outer = this.current;
    const own = new FunctionScope(outer);
    this.current = own;
    const extras = ['varargs', 'kwargs', 'caller'];
    const scope = own.push([...parameters.map((parameter) => parameter.name), ...extras]);
    for (const parameter of parameters) scope.assigned.add(parameter.name);
    for (const extra of extras) scope.assigned.add(extra);
    const fallbacks = parameters.map(({ fallback }) => (fallback ? this.expression(fallback) : null));
    const run = this.conditionally(() => this.scope(body));
    own.pop();
    this.current = outer;
    const slotOf = (variable: string): number => scope.names.get(variable) ?? 0;
    const slots = parameters.map((parameter) => slotOf(parameter.name));
    const takesMore = this.#reads(body, 'varargs');
    const takesKeywords = this.#reads(body, 'kwargs');

    const bind = (state: RenderState, frame: Frame, args: readonly Value[], keywords: Keywords): void => {
      const rest = new Map(keywords ?? []);
      const caller = rest.get('caller');
      rest.delete('caller');
      frame.slots[slotOf('caller')] = caller ?? new Undefined('No caller defined');
      parameters.forEach((parameter, index) => {
        const slot = slots[index] ?? 0;
        if (index < args.length) frame.slots[slot] = args[index];
        else if (rest.has(parameter.name)) {
          frame.slots[slot] = rest.get(parameter.name);
          rest.delete(parameter.name);
        } else {
          const fallback = fallbacks[index];
          frame.slots[slot] = fallback
            ? fallback(state, frame)
            : new Undefined(`parameter '${parameter.name}' was not provided`);
        }
      });
      frame.slots[slotOf('varargs')] = Tuple.holding(args.slice(parameters.length));
      frame.slots[slotOf('kwargs')] = rest;
      if (args.length > parameters.length && !takesMore) {
        throw new TemplateFault(`macro '${name}' takes not more than ${parameters.length} argument(s)`);
      }
      const [unknown] = rest.keys();
      if (unknown !== undefined && !takesKeywords)
        throw new TemplateFault(`macro '${name}' takes no keyword argument '${unknown}'`);
    };
    return (outerFrame) =>
      new Callable(name, (state, args, keywords) => {
        state.enter(at);
        const frame = new Frame(own.slotCount, outerFrame);
        bind(state, frame, args, keywords);
        const text = state.capture(() => run(state, frame));
        state.leave();
        return text;
      });
  }

  #reads(node: unknown, name: string): boolean {
    if (typeof node !== 'object' || node === null) return false;
    if ((node as { type?: unknown }).type === 'name' && (node as { name?: unknown }).name === name) return true;
    return Object.values(node).some((child) => this.#reads(child, name));
  }
}

const messageOf = (state: RenderState, item: object): number | undefined => state.messages.get(item);
