import type { DatasetSummary, ProblemClass } from '../../protocol/rows';
import { selectRow } from '../../state/datasetStore';
import { count, plural } from '../../state/format';
import { acceptBrokenRows, useRecipe } from '../../state/recipeStore';
import { ErrorCard } from '../common/ErrorCard';
import { Icon } from '../common/Icon';

/** Rows linked from a class; the rest are found by walking on from these. */
const linkedRows = 8;

/** Selects a row and brings what is said about it into sight. */
function showRow(row: number): void {
  selectRow(row);
  requestAnimationFrame(() => document.getElementById('row-detail')?.scrollIntoView({ block: 'nearest' }));
}

function Problem({ problem }: { problem: ProblemClass }) {
  return (
    <li>
      <span className={`count mark ${problem.severity}`}>
        <Icon name={problem.severity} />
        {count(problem.count)}
        <span className="hidden">{problem.severity === 'error' ? 'errors' : 'warnings'}</span>
      </span>
      <span>{problem.message}</span>
      <span className="links">
        <span className="muted mono">{problem.code}</span>
        {problem.rows.slice(0, linkedRows).map((row) => (
          <button key={row} type="button" className="link" onClick={() => showRow(row)}>
            row {count(row + 1)}
          </button>
        ))}
        {problem.count > linkedRows && <span className="muted">and {count(problem.count - linkedRows)} more</span>}
      </span>
    </li>
  );
}

/** What is wrong with the file, class by class, and the consent to go on without the broken rows. */
export function Problems({ summary }: { summary: DatasetSummary }) {
  const accepted = useRecipe((state) => state.recipe.dataset.max_rows_in_error);
  const consentDecides = summary.brokenRows > 0 && summary.usableRows > 0;
  // A blocker that consent resolves is said by the consent itself.
  const blocker = summary.blocker && !(consentDecides && summary.brokenRows > accepted) ? summary.blocker : null;
  if (summary.problems.length === 0 && !blocker && summary.brokenRows === 0) return null;
  return (
    <section className="section" aria-label="Problems">
      {blocker && <ErrorCard error={blocker} />}
      {consentDecides && (
        <label className="consent">
          <input
            type="checkbox"
            checked={accepted >= summary.brokenRows}
            onChange={(event) => acceptBrokenRows(event.target.checked ? summary.brokenRows : 0)}
          />
          Train without the {plural(summary.brokenRows, 'broken row')}
        </label>
      )}
      <details open={summary.brokenRows > 0}>
        <summary>
          {plural(
            summary.problems.reduce((total, problem) => total + problem.count, 0),
            'problem',
          )}{' '}
          in {plural(summary.problems.length, 'class', 'classes')}
        </summary>
        <ul className="problem-list" tabIndex={0} aria-label="Problem classes">
          {summary.problems.map((problem) => (
            <Problem key={`${problem.severity} ${problem.code}`} problem={problem} />
          ))}
        </ul>
      </details>
    </section>
  );
}
