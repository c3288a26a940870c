/** Knobs by path, and what people type into them. Pure. */
import { knobGroups, type Knob, type KnobKind } from './recipeKnobs';

const byPath = new Map(knobGroups.flatMap((group) => group.knobs.map((one) => [one.path, one] as const)));

/** The knob at a path. */
export function knobAt(path: string): Knob {
  const found = byPath.get(path);
  if (!found) throw new Error(`no knob at ${path}`);
  return found;
}

/** The four knobs of the simple view; the fifth is the model. */
export const simpleKnobs = [
  'training.max_length',
  'adapter.r',
  'training.learning_rate',
  'training.num_train_epochs',
].map(knobAt);

/** The knobs beside the chat. */
export const chatKnobs = [
  'generation.temperature',
  'generation.max_new_tokens',
  'generation.top_p',
  'generation.top_k',
  'generation.repetition_penalty',
].map(knobAt);

/** What a typed text means for a knob: a value, or undefined where it means none. The schema judges the value itself. */
export function parseKnob(control: KnobKind, text: string): unknown {
  const trimmed = text.trim();
  switch (control.kind) {
    case 'number':
      if (trimmed === '') return control.nullable ? null : undefined;
      return Number.isFinite(Number(trimmed)) ? Number(trimmed) : undefined;
    case 'switch':
      return trimmed === 'true';
    case 'choice':
      return control.nullable && trimmed === '' ? null : trimmed;
    case 'text':
      return control.nullable && text === '' ? null : text;
    case 'mixed':
      if (trimmed === '') return undefined;
      if (Number.isFinite(Number(trimmed))) return Number(trimmed);
      return trimmed.includes(',') ? trimmed.split(',').map((part) => part.trim()) : trimmed;
    case 'json':
      try {
        return trimmed === '' ? null : (JSON.parse(trimmed) as unknown);
      } catch {
        return undefined;
      }
  }
}

/** A knob's value as text to edit. */
export function knobText(control: KnobKind, value: unknown): string {
  if (value === null || value === undefined) return '';
  if (control.kind === 'json') return JSON.stringify(value);
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value === 'number') return value !== 0 && Math.abs(value) < 0.001 ? value.toExponential() : String(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
