/**
 * Where a template's names live. A function (the template itself, a macro, a call block's body) has one frame of slots;
 * each scope in it (a loop's body, a block) has slots of its own, which are emptied when it is entered. A name is looked
 * up from the innermost scope outwards and last among the variables from outside; an empty slot is passed over. So a
 * `{% set %}` in a loop is gone after the pass, as in Jinja.
 */
import type { Statement, Target } from './ast';

/** A running function's slots; undefined in one that is empty. */
export class Frame {
  readonly slots: unknown[];
  constructor(
    size: number,
    readonly parent: Frame | null,
  ) {
    this.slots = new Array<unknown>(size).fill(undefined);
  }
}

/** A slot, seen from some function: so many frames up. */
export interface SlotPlace {
  hops: number;
  slot: number;
}

interface Scope {
  /** Name → slot. */
  names: Map<string, number>;
  /** Names that were assigned in the text so far. */
  assigned: Set<string>;
}

export class FunctionScope {
  readonly scopes: Scope[] = [];
  slotCount = 0;
  constructor(readonly parent: FunctionScope | null) {}

  newSlot(): number {
    return this.slotCount++;
  }

  /** Opens a scope that assigns these names. */
  push(names: Iterable<string>): Scope {
    const scope: Scope = { names: new Map(), assigned: new Set() };
    for (const name of names) if (!scope.names.has(name)) scope.names.set(name, this.newSlot());
    this.scopes.push(scope);
    return scope;
  }
  pop(): void {
    this.scopes.pop();
  }
  get innermost(): Scope {
    const scope = this.scopes.at(-1);
    if (!scope) throw new Error('no scope');
    return scope;
  }
}

/** The names that a body assigns in its own scope. */
export function namesAssigned(body: readonly Statement[], names: Set<string> = new Set()): Set<string> {
  for (const statement of body) {
    switch (statement.type) {
      case 'set':
      case 'setblock':
        for (const name of namesOfTarget(statement.target)) names.add(name);
        break;
      case 'macro':
        names.add(statement.name);
        break;
      case 'if':
        for (const branch of statement.branches) namesAssigned(branch.body, names);
        namesAssigned(statement.otherwise, names);
        break;
    }
  }
  return names;
}

/** The variables that a target assigns; none for a member of a namespace. */
export function namesOfTarget(target: Target): string[] {
  if (target.type === 'name') return [target.name];
  return target.type === 'tuple' ? target.items.flatMap(namesOfTarget) : [];
}
