/** What the editor is told of a template: its own errors, and those of the row that it is tried on. */
import { describe, expect, it } from 'vitest';
import type { TemplateReport } from '../../protocol/dataApi';
import { talk } from '../testing/contexts';
import { jsonLines, openData } from '../testing/openData';
import { reportTemplate } from './templateReport';

const rows = jsonLines('{"broken', { messages: talk('q1', 'a1', 'q2', 'a2') });
async function reportOf(text: string): Promise<TemplateReport> {
  const dataset = await openData(rows, { dataset: { validation: 0, max_rows_in_error: 9 } });
  const { recipe, model } = dataset.context;
  return reportTemplate(text, recipe, model, dataset);
}
const loop = (body: string): string => `{% for m in messages %}\n${body}{% endfor %}`;

describe('a template tried on a row', () => {
  it('is rendered on the first row that can be used, by its number', async () => {
    expect(await reportOf(loop('{{ m.role }}: {{ m.content }};'))).toMatchObject({
      error: null,
      sample: 'user: q1;assistant: a1;user: q2;assistant: a2;',
      sampleRow: 1,
      sampleError: null,
      transformersJs: 'same',
    });
  });

  it('that fails on it is no broken template: the row’s error has its place in the template', async () => {
    const report = await reportOf(loop('{{ m.content + m.nothing }}'));
    expect(report).toMatchObject({ error: null, sample: null, sampleRow: 1 });
    expect(report.sampleError).toMatchObject({ code: 'data/template-refused', data: { line: 2 } });
    const refusing = await reportOf(loop("{% if loop.index > 2 %}{{ raise_exception('only one') }}{% endif %}"));
    expect(refusing.sampleError?.message).toMatch(/refuses this conversation, saying "only one"; change the row/);
    expect(refusing.sampleError?.data).toMatchObject({ line: 2 });
  });

  it('that can be used on no row is broken', async () => {
    expect(await reportOf(loop('{{ m.content }'))).toMatchObject({
      error: { code: 'template/invalid' },
      sampleRow: null,
    });
    const endless = '{% for a in range(99999) %}{% for b in range(99999) %}{{ b }}{% endfor %}{% endfor %}';
    expect(await reportOf(endless)).toMatchObject({ error: { code: 'template/limit' }, sampleError: null });
  });
});
