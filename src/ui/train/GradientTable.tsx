import type { GradientCheckResult } from '../../protocol/run';
import { count, duration, plural } from '../../state/format';

const figure = (value: number): string => value.toPrecision(6);

/** Both numbers of every part, how far they are apart, how far they may be. */
export function GradientTable({ result }: { result: GradientCheckResult }) {
  const { parts, passed, rows, tokens, ms } = result;
  const failed = parts.filter((part) => !part.passed).length;
  return (
    <>
      <p role="status">
        {passed
          ? `Passed: backpropagation agrees with finite differences in all ${count(parts.length)} parts.`
          : `Failed in ${plural(failed, 'part')} of ${count(parts.length)}: do not trust runs on this device; try the other backend.`}{' '}
        <span className="note">
          Measured on {plural(rows, 'row')}, {plural(tokens, 'token')}, in {duration(ms / 1000)}.
        </span>
      </p>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Gradients by part">
        <table className="figures-table">
          <thead>
            <tr>
              <th scope="col">part</th>
              <th scope="col">backpropagation</th>
              <th scope="col">finite difference</th>
              <th scope="col">apart</th>
              <th scope="col">allowed</th>
              <th scope="col">result</th>
            </tr>
          </thead>
          <tbody>
            {parts.map((part) => (
              <tr key={part.name}>
                <td>{part.name}</td>
                <td>{figure(part.analytic)}</td>
                <td>{figure(part.numeric)}</td>
                <td>{part.relativeError.toExponential(1)}</td>
                <td>{part.tolerance.toExponential(1)}</td>
                <td>{part.passed ? 'passed' : 'failed'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
