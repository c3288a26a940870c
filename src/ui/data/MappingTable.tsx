import type { ColumnFacts, DatasetSummary } from '../../protocol/rows';
import { percent } from '../../state/format';
import { mapColumn } from '../../state/mapping';
import { Icon } from '../common/Icon';

/** Columns drawn at most; files of events have hundreds, and those looked for are said in words. */
const columnLimit = 40;

function Header({ column, summary }: { column: ColumnFacts; summary: DatasetSummary }) {
  const { detection } = summary;
  const role = Object.entries(detection.columns).find(([, mapped]) => mapped === column.name)?.[0] ?? '';
  return (
    <th scope="col" className={role === '' ? '' : 'mapped'}>
      <span className="name mono">{column.name}</span>
      <span className="type">
        {column.type}
        {column.share < 1 && ` · in ${percent(column.share, 1)} of rows`}
      </span>
      <select
        aria-label={`Role of column ${column.name}`}
        value={role}
        onChange={(event) => mapColumn(detection, column.name, event.target.value === '' ? null : event.target.value)}
      >
        <option value="">not used</option>
        {detection.roles.map(({ name, required }) => (
          <option key={name} value={name}>
            {name}
            {required ? '' : ' (optional)'}
          </option>
        ))}
      </select>
    </th>
  );
}

/** The file's columns with an example of each; the role that a column plays is chosen in its header. */
export function MappingTable({ summary, missing }: { summary: DatasetSummary; missing: string[] }) {
  const { columns, detection } = summary;
  const shown = columns.slice(0, columnLimit);
  return (
    <div className="section">
      {missing.length > 0 && (
        <p className="mark warning">
          <Icon name="warning" />
          <span>
            Still needed: {missing.join(', ')}. Choose which column holds {missing.length === 1 ? 'it' : 'them'}.
          </span>
        </p>
      )}
      <div className="table-scroll" role="region" aria-label="Columns of the file" tabIndex={0}>
        <table className="mapping">
          <thead>
            <tr>
              {shown.map((column) => (
                <Header key={column.name} column={column} summary={summary} />
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              {shown.map(({ name, example }) => (
                <td key={name} title={example}>
                  {example === '' ? <span className="muted">empty</span> : example}
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </div>
      {columns.length > shown.length && (
        <p className="note">
          {columns.length - shown.length} more columns:{' '}
          {columns
            .slice(columnLimit, 2 * columnLimit)
            .map(({ name }) => name)
            .join(', ')}
        </p>
      )}
      <dl className="roles note">
        {detection.roles.map(({ name, description }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{description}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
