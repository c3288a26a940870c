import { describe, expect, it } from 'vitest';
import { recipeSchema } from '../../recipe/schema';
import { detectFormat } from '../judge/detect';
import { judgeRow } from '../judge/judgeRow';
import { meta } from '../testing/anyConversation';
import { fixesFor } from './fixes';

describe('which fixes are offered', () => {
  const context = { samples: [], roleMap: {}, neededLength: null };

  it('any error: leave the rows out', () => {
    expect(fixesFor('error', 'data/invalid-json', context)).toEqual([
      { kind: 'edit', label: 'Leave these rows out', fix: 'drop_row' },
    ]);
  });

  it('unknown roles: map those with a usual meaning, beside what is mapped', () => {
    const { dataset } = recipeSchema.parse({});
    const row = {
      messages: [
        { role: 'Human', content: 'a' },
        { role: 'gpt', content: 'b' },
        { role: 'wizard', content: 'c' },
      ],
    };
    const judged = judgeRow(row, meta, { dataset, trainOn: 'all', detection: detectFormat([row], null, dataset) });
    const problems = judged.ok ? [] : (judged.error.data?.['problems'] as { data?: Record<string, unknown> }[]);
    // One problem of a row knows the row's other unknown roles.
    const samples = problems.slice(0, 1);
    const [first] = fixesFor('error', 'data/unknown-role', { ...context, samples, roleMap: { Q: 'user' } });
    expect(first).toEqual({
      kind: 'recipe',
      label: 'Read Human as user, gpt as assistant',
      path: 'dataset.role_map',
      value: { Q: 'user', Human: 'user', gpt: 'assistant' },
    });
    const mapped = {
      ...dataset,
      role_map: { ...(first?.kind === 'recipe' ? (first.value as Record<string, string>) : {}), wizard: 'assistant' },
    };
    expect(
      judgeRow(row, meta, { dataset: mapped, trainOn: 'all', detection: detectFormat([row], null, mapped) }),
    ).toMatchObject({ ok: true });
    expect(fixesFor('error', 'data/unknown-role', { ...context, samples: [{ data: { guesses: [] } }] })).toHaveLength(
      1,
    );
  });

  it('truncated rows: a longer max_length, where it is known', () => {
    expect(fixesFor('warning', 'data/answer-cut', { ...context, neededLength: 2048 })[0]).toEqual({
      kind: 'recipe',
      label: 'Set max_length to 2,048',
      path: 'training.max_length',
      value: 2048,
    });
    expect(fixesFor('warning', 'data/nothing-left', context)).toMatchObject([{ fix: 'drop_row' }]);
  });

  it('others by their class; none where only a person can tell', () => {
    const names = (code: string): string[] =>
      fixesFor('warning', code, context).map((fix) => (fix.kind === 'edit' ? fix.fix : fix.path));
    expect(names('data/control-token')).toEqual(['escape_control_tokens', 'drop_row']);
    expect(names('data/untrimmed')).toEqual(['trim']);
    expect(names('data/duplicate-row')).toEqual(['dataset.drop_duplicates']);
    expect(names('data/validation-in-train')).toEqual(['dataset.drop_duplicates']);
    expect(names('data/preference-as-sft')).toEqual([]);
    expect(names('constructor')).toEqual([]);
  });
});
