import { useState } from 'react';
import type { DatasetSummary } from '../../protocol/rows';
import { count } from '../../state/format';
import { mapRole } from '../../state/mapping';
import { useRecipe } from '../../state/recipeStore';
import { Button } from '../common/Button';

const targets = ['system', 'user', 'assistant', 'tool', 'developer'];

function RoleRow({ role, to, turns }: { role: string; to: string | undefined; turns: number | undefined }) {
  return (
    <li>
      <span className="mono">{role}</span>
      <span className="note">{turns === undefined ? '' : `${count(turns)} turns`}</span>
      <select
        aria-label={`Read role ${role} as`}
        value={to ?? ''}
        onChange={(event) => mapRole(role, event.target.value === '' ? null : event.target.value)}
      >
        <option value="">as it is</option>
        {[...new Set([...targets, ...(to === undefined ? [] : [to])])]
          .filter((one) => one !== role)
          .map((one) => (
            <option key={one} value={one}>
              as {one}
            </option>
          ))}
      </select>
    </li>
  );
}

/** Roles of the file, and what the template calls them. */
export function RoleMap({ summary }: { summary: DatasetSummary }) {
  const map = useRecipe((state) => state.recipe.dataset.role_map);
  const [typed, setTyped] = useState('');
  const roles = [...new Set([...Object.keys(map), ...Object.keys(summary.roles)])];
  const name = typed.trim();
  return (
    <div className="section">
      <h4>Roles</h4>
      <ul className="role-map">
        {roles.map((role) => (
          <RoleRow
            key={role}
            role={role}
            to={Object.hasOwn(map, role) ? map[role] : undefined}
            turns={Object.hasOwn(map, role) ? undefined : summary.roles[role]}
          />
        ))}
      </ul>
      <form
        className="field-line"
        onSubmit={(event) => {
          event.preventDefault();
          if (name === '') return;
          mapRole(name, 'assistant');
          setTyped('');
        }}
      >
        <input
          type="text"
          aria-label="Another role of the file"
          placeholder="another role"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <Button type="submit" unavailable={name === '' ? 'Type the role’s name first.' : null}>
          Map role
        </Button>
      </form>
    </div>
  );
}
