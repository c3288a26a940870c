import { useId, type ButtonHTMLAttributes, type ReactNode } from 'react';

interface Props extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled'> {
  look?: 'plain' | 'primary' | 'quiet';
  /** Why it cannot be pressed now; it stays focusable, so that everybody can read why. */
  unavailable?: string | null | undefined;
  children: ReactNode;
}

/** A button that, when it cannot be pressed, says why. */
export function Button({ look = 'plain', unavailable, className = '', onClick, children, ...rest }: Props) {
  const reasonId = useId();
  const reason = unavailable ?? null;
  return (
    <>
      <button
        type="button"
        {...rest}
        className={`button ${look === 'plain' ? '' : look} ${className}`}
        aria-disabled={reason !== null}
        aria-describedby={reason === null ? rest['aria-describedby'] : reasonId}
        title={reason ?? rest.title}
        onClick={reason === null ? onClick : (event) => event.preventDefault()}
      >
        {children}
      </button>
      {reason !== null && (
        <span id={reasonId} className="hidden">
          {reason}
        </span>
      )}
    </>
  );
}
