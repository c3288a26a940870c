import { useState } from 'react';
import type { DatasetSummary } from '../../protocol/rows';
import { selectRow } from '../../state/datasetStore';
import { count } from '../../state/format';
import { filterRows, rowFilters, useRowFilter, type RowFilter } from '../../state/rowFilterStore';

/** Above the list: which rows it shows, and the way to a row by its number. */
export function RowBar({ summary }: { summary: DatasetSummary }) {
  const { filter, rows } = useRowFilter();
  const [typed, setTyped] = useState('');
  const options = rowFilters(summary);
  const isGone = !options.some((option) => option.value === filter);
  return (
    <div className="row-bar">
      <select
        aria-label="Rows shown"
        value={filter}
        onChange={(event) => void filterRows(event.target.value as RowFilter)}
      >
        {isGone && <option value={filter}>none left of this class</option>}
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      {rows && <span className="note">{count(rows.length)} shown</span>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const row = Number(typed.replaceAll(/[\s,]/g, ''));
          if (!Number.isInteger(row) || row < 1) return;
          if (rows) void filterRows('all');
          selectRow(row - 1);
          setTyped('');
        }}
      >
        <input
          type="text"
          inputMode="numeric"
          aria-label={`Go to row, 1 to ${count(summary.rows)}`}
          placeholder="go to row"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </form>
    </div>
  );
}
