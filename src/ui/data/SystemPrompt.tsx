import { useState } from 'react';
import { editRecipe, useRecipe } from '../../state/recipeStore';

/** The system prompt of rows that bring none. Taken when the field is left. */
export function SystemPrompt() {
  const value = useRecipe((state) => state.recipe.dataset.system_prompt) ?? '';
  const [draft, setDraft] = useState<string | null>(null);
  return (
    <label className="field-column">
      <span>System prompt for rows without one</span>
      <textarea
        rows={2}
        value={draft ?? value}
        placeholder="none"
        onChange={(event) => setDraft(event.target.value)}
        onBlur={() => {
          if (draft !== null) editRecipe('dataset.system_prompt', draft === '' ? null : draft);
          setDraft(null);
        }}
      />
    </label>
  );
}
