import type { ReactNode } from 'react';
import type { ErrorRecord } from '../../lib/errors';
import { Icon } from './Icon';

/** An error's message, *where: what; do this*, in its three parts; parts that are missing are empty. */
function messageParts(message: string): { where: string; what: string; fix: string } {
  const colon = message.indexOf(': ');
  const where = colon > 0 && colon < 80 ? message.slice(0, colon) : '';
  const rest = where === '' ? message : message.slice(colon + 2);
  const semicolon = rest.lastIndexOf('; ');
  return {
    where,
    what: semicolon < 0 ? rest : rest.slice(0, semicolon),
    fix: semicolon < 0 ? '' : rest.slice(semicolon + 2),
  };
}

const sentence = (text: string): string => (text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}`);

interface Props {
  error: ErrorRecord;
  tone?: 'error' | 'warning';
  /** Buttons that help. */
  children?: ReactNode;
}

/** A failure as what, where and what to do, with the details folded. */
export function ErrorCard({ error, tone = 'error', children }: Props) {
  const { where, what, fix } = messageParts(error.message);
  const details = { code: error.code, ...(error.path === undefined ? {} : { path: error.path }), ...error.data };
  return (
    <div className={`message ${tone}`} role={tone === 'error' ? 'alert' : 'note'}>
      <p>
        <span className={`mark ${tone}`}>
          <Icon name={tone} />
          <span className="hidden">{tone === 'error' ? 'Error' : 'Warning'}:</span>
        </span>{' '}
        {where !== '' && <span className="where">{where}: </span>}
        {what}
        {fix === '' && !what.endsWith('.') && '.'}
      </p>
      {fix !== '' && (
        <p>
          To do: {sentence(fix)}
          {fix.endsWith('.') ? '' : '.'}
        </p>
      )}
      {children !== undefined && <div className="row">{children}</div>}
      <details>
        <summary className="note">Details</summary>
        <pre>{JSON.stringify(details, null, 2)}</pre>
      </details>
    </div>
  );
}
