import { memo, useState, type MouseEvent } from 'react';
import { chartTable, tableName } from '../../../state/chartTable';
import type { Measure } from '../../../state/chartMeasures';
import type { RunSeries } from '../../../state/runSeries';

const Row = memo(
  function Row({ cells }: { cells: string[] }) {
    return (
      <tr>
        {cells.map((cell, index) => (
          <td key={index}>{cell}</td>
        ))}
      </tr>
    );
  },
  (before, after) => before.cells.join('\t') === after.cells.join('\t'),
);

/** The curve as a table; its rows exist only while it is open. */
export function ChartTable({ series, measure }: { series: RunSeries; measure: Measure }) {
  const [open, setOpen] = useState(false);
  const toggle = (event: MouseEvent): void => {
    // By hand, so that the rows are there in the moment it opens.
    event.preventDefault();
    setOpen(!open);
  };
  const table = open ? chartTable(series, measure) : null;
  return (
    <details className="note" open={open}>
      <summary onClick={toggle}>As a table</summary>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={tableName(measure)}>
        {table && (
          <table className="figures-table">
            <thead>
              <tr>
                {table.head.map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.rows.map((cells) => (
                <Row key={cells[0]} cells={cells} />
              ))}
            </tbody>
          </table>
        )}
      </div>
    </details>
  );
}
