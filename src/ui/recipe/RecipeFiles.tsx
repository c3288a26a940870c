import { useRef, useState } from 'react';
import { openRecipeFiles, saveRecipe } from '../../state/recipeFiles';
import { recipeLink } from '../../state/recipeLink';
import { useRecipe } from '../../state/recipeStore';
import { announce } from '../../state/viewStore';
import { Button } from '../common/Button';
import { Icon } from '../common/Icon';

type Copied = { kind: 'copied' } | { kind: 'by hand'; link: string } | { kind: 'too long' } | null;

/** The recipe as files and as a link, and the way back in. */
export function RecipeFiles() {
  const input = useRef<HTMLInputElement>(null);
  const recipe = useRecipe((state) => state.recipe);
  const [last, setLast] = useState<{ copied: Copied; of: typeof recipe } | null>(null);
  // Said of these settings, not of those that are set later.
  const copied = last?.of === recipe ? last.copied : null;
  const setCopied = (copied: Copied): void => setLast({ copied, of: recipe });
  const copy = (): void => {
    const link = recipeLink();
    if (link === null) {
      setCopied({ kind: 'too long' });
      return;
    }
    navigator.clipboard.writeText(link).then(
      () => {
        setCopied({ kind: 'copied' });
        announce('The link is copied. It holds settings, never data.');
      },
      () => setCopied({ kind: 'by hand', link }),
    );
  };
  return (
    <div className="recipe-files" role="group" aria-label="Recipe as a file or link">
      <Button look="quiet" onClick={() => input.current?.click()}>
        <Icon name="file" />
        Open a recipe…
      </Button>
      <Button look="quiet" onClick={() => saveRecipe('json')}>
        <Icon name="download" />
        Save as JSON
      </Button>
      <Button look="quiet" onClick={() => saveRecipe('toml')}>
        <Icon name="download" />
        Save as TOML
      </Button>
      <Button look="quiet" onClick={copy}>
        <Icon name={copied?.kind === 'copied' ? 'check' : 'copy'} />
        Copy link
      </Button>
      <input
        ref={input}
        type="file"
        accept=".json,.toml"
        hidden
        aria-label="Choose a recipe file"
        onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          if (files.length > 0) void openRecipeFiles(files);
          // The same file, corrected, can be chosen again.
          event.target.value = '';
        }}
      />
      {copied?.kind === 'too long' && (
        <p className="note">These settings are too long for a link (a template of your own?): save a file instead.</p>
      )}
      {(copied?.kind === 'copied' || copied?.kind === 'by hand') && (
        <p className="note">
          {copied.kind === 'copied' ? 'Copied. ' : 'Copying is not allowed here; copy this link by hand. '}
          The link holds the settings that differ from the defaults, never data, file names or tokens.
        </p>
      )}
      {copied?.kind === 'by hand' && (
        <input
          type="text"
          readOnly
          aria-label="Link to these settings"
          value={copied.link}
          onFocus={(event) => event.target.select()}
        />
      )}
    </div>
  );
}
