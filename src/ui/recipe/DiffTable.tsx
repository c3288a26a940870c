import type { ReactNode } from 'react';
import { settingText, type DiffRow } from '../../state/runs/recipeDiff';

interface Column {
  key: string;
  name: string;
  heading?: ReactNode;
}

/** Settings that differ: each by its name and path, with a value in every column. */
export function DiffTable({ rows, columns }: { rows: readonly DiffRow[]; columns: readonly Column[] }) {
  return (
    <div className="table-scroll wide" tabIndex={0} role="region" aria-label="Settings that differ">
      <table className="figures-table compared">
        <thead>
          <tr>
            <th scope="col">setting</th>
            {columns.map(({ key, name, heading }) => (
              <th key={key} scope="col">
                {heading} {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ path, label, values }) => (
            <tr key={path} data-path={path}>
              <th scope="row">
                {label} <span className="path mono">{path}</span>
              </th>
              {columns.map(({ key }, place) => (
                <td key={key} title={typeof values[place] === 'string' ? values[place] : undefined}>
                  {settingText(values[place])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
