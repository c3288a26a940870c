import type { TemplateReport } from '../../protocol/dataApi';
import { count } from '../../state/format';
import { useRecipe } from '../../state/recipeStore';
import { Icon } from '../common/Icon';
import { isWritten, MissingTokens } from './MissingTokens';

/** What a template needs and uses: variables, control tokens and whether this tokenizer has them, its marks of answers. */
export function TemplateFindings({ report }: { report: TemplateReport }) {
  const { variables, specialTokens, hasGenerationTags, family, sample, sampleRow, transformersJs } = report;
  const given = useRecipe((state) => state.recipe.template.variables);
  const row = `row ${count((sampleRow ?? 0) + 1)}`;
  return (
    <>
      <dl className="findings">
        <div>
          <dt>Reads</dt>
          <dd>
            {variables.length === 0 ? (
              <span className="muted">nothing of its own</span>
            ) : (
              variables.map((name) => (
                <span key={name} className="found">
                  <code className="mono">{name}</code>
                  {!Object.hasOwn(given, name) && <span className="note">not in the template data</span>}
                </span>
              ))
            )}
          </dd>
        </div>
        <div>
          <dt>Control tokens</dt>
          <dd>
            {specialTokens.length === 0 && <span className="muted">none</span>}
            {specialTokens.map(({ text, isToken, id }) => (
              <span key={text} className={isToken || !isWritten(report, text) ? 'found' : 'found mark warning'}>
                {!isToken && isWritten(report, text) && <Icon name="warning" />}
                <code className="mono">{text}</code>
                <span className="note">
                  {isToken
                    ? `id ${id}`
                    : isWritten(report, text)
                      ? 'several tokens'
                      : `not a token, not written in ${row}`}
                </span>
              </span>
            ))}
          </dd>
        </div>
        <div>
          <dt>Marks answers</dt>
          <dd>
            {hasGenerationTags ? (
              <span>
                with <code className="mono">{'{% generation %}'}</code>
              </span>
            ) : family === null ? (
              <span className="muted">
                no <code className="mono">{'{% generation %}'}</code> block: each answer is searched for in the text
              </span>
            ) : (
              <span>known family: {family}</span>
            )}
          </dd>
        </div>
        {transformersJs && (
          <div>
            <dt>Elsewhere</dt>
            <dd>
              {transformersJs === 'same' ? (
                <span>transformers.js renders {row} the same</span>
              ) : (
                <span className="found mark warning">
                  <Icon name="warning" />
                  transformers.js {transformersJs === 'different' ? `renders ${row} otherwise` : `can’t render ${row}`}
                  <span className="note">Python’s transformers is what training here follows</span>
                </span>
              )}
            </dd>
          </div>
        )}
      </dl>
      <MissingTokens report={report} />
      {sample !== null && (
        <details>
          <summary className="note">{`Row ${count((sampleRow ?? 0) + 1)}`} as this template writes it</summary>
          <pre className="broken-source" tabIndex={0} aria-label={`Row ${count((sampleRow ?? 0) + 1)} rendered`}>
            {sample}
          </pre>
        </details>
      )}
    </>
  );
}
