import { useEffect, useState } from 'react';
import { Button } from './Button';
import { Icon } from './Icon';

/** Copies a text; says so for two seconds. */
export function CopyButton({ text, what, compact = false }: { text: string; what: string; compact?: boolean }) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setState('copied'),
      () => setState('failed'),
    );
  };
  return (
    <Button
      look="quiet"
      className={compact ? 'icon-only' : ''}
      onClick={copy}
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
    >
      <Icon name={state === 'copied' ? 'check' : 'copy'} />
      <span aria-live="polite" className={compact ? 'hidden' : ''}>
        {state === 'copied' ? 'Copied' : state === 'failed' ? 'Not allowed here' : 'Copy'}
      </span>
    </Button>
  );
}
