import type { ProblemFix } from '../../protocol/edits';
import type { DatasetSummary, ProblemClass } from '../../protocol/rows';
import { selectRow } from '../../state/datasetStore';
import { applyFix } from '../../state/editsStore';
import { count, plural } from '../../state/format';
import { acceptBrokenRows, useRecipe } from '../../state/recipeStore';
import { filterOf, filterRows } from '../../state/rowFilterStore';
import { useWalk, walkTo } from '../../state/walkStore';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';
import { Icon } from '../common/Icon';

/** Rows linked from a class; the rest are found by walking. */
const linkedRows = 6;

/** Brings what is said about the selected row into sight. */
function showDetail(): void {
  requestAnimationFrame(() => document.getElementById('row-detail')?.scrollIntoView({ block: 'nearest' }));
}

/** One step to the row before or after in the class, and where one is. */
function Walk({ problem }: { problem: ProblemClass }) {
  const at = useWalk((state) => state.at);
  const mine = at?.severity === problem.severity && at.code === problem.code ? at : null;
  const go = (index: number): void => {
    void walkTo(problem, index).then(showDetail);
  };
  const name = problem.code;
  return (
    <span className="walk" role="group" aria-label={`Rows with ${name}`}>
      <Button
        look="quiet"
        className="icon-only"
        aria-label={`Previous row with ${name}`}
        unavailable={mine === null || mine.index === 0 ? 'This is the first row of the class.' : null}
        onClick={() => go((mine?.index ?? 0) - 1)}
      >
        <Icon name="previous" />
      </Button>
      <span className="note">
        {mine ? `row ${count(mine.row + 1)}, ${count(mine.index + 1)} of ${count(problem.count)}` : 'walk'}
      </span>
      <Button
        look="quiet"
        className="icon-only"
        aria-label={`Next row with ${name}`}
        unavailable={mine !== null && mine.index >= problem.count - 1 ? 'This is the last row of the class.' : null}
        onClick={() => go(mine === null ? 0 : mine.index + 1)}
      >
        <Icon name="next" />
      </Button>
    </span>
  );
}

const fixKey = (fix: ProblemFix): string => (fix.kind === 'edit' ? fix.fix : fix.path);

function Problem({ problem }: { problem: ProblemClass }) {
  const { rows, severity, code } = problem;
  return (
    <li>
      <span className={`count mark ${severity}`}>
        <Icon name={severity} />
        {count(problem.count)}
        <span className="hidden">{severity === 'error' ? 'errors' : 'warnings'}</span>
      </span>
      <div className="about">
        <p>{problem.message}</p>
        <div className="links">
          <span className="muted mono">{code}</span>
          {rows.slice(0, linkedRows).map((row) => (
            <button
              key={row}
              type="button"
              className="link"
              onClick={() => {
                selectRow(row);
                showDetail();
              }}
            >
              row {count(row + 1)}
            </button>
          ))}
          {problem.count > linkedRows && <span className="muted">and {count(problem.count - linkedRows)} more</span>}
          {problem.count > linkedRows && <Walk problem={problem} />}
          {problem.count > linkedRows && (
            <button type="button" className="link" onClick={() => void filterRows(filterOf(problem))}>
              only these rows
            </button>
          )}
        </div>
        {problem.fixes.length > 0 && (
          <div className="fixes">
            {problem.fixes.map((fix) => (
              <Button
                key={fixKey(fix)}
                aria-label={`${fix.label}: ${code}`}
                onClick={() => void applyFix(fix, problem)}
              >
                {fix.label}
              </Button>
            ))}
          </div>
        )}
      </div>
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
  const total = summary.problems.reduce((sum, problem) => sum + problem.count, 0);
  return (
    <section className="problems" aria-label="Problems">
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
          <h3>Problems</h3>
          <span className="says note">
            {plural(total, 'problem')} in {plural(summary.problems.length, 'class', 'classes')}
          </span>
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
