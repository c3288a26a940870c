import { useId, type ButtonHTMLAttributes, type ReactNode, type Ref } from 'react';

interface Props extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'disabled'> {
  look?: 'plain' | 'primary' | 'quiet';
  /** Why it cannot be pressed now; it stays focusable, so that everybody can read why. */
  unavailable?: string | null | undefined;
  /** Element that already says why, where the reason stands beside the button. */
  reasonId?: string;
  ref?: Ref<HTMLButtonElement>;
  children: ReactNode;
}

/** A button that, when it cannot be pressed, says why. */
export function Button({ look = 'plain', unavailable, reasonId, className = '', onClick, children, ...rest }: Props) {
  const ownId = useId();
  const reason = unavailable ?? null;
  return (
    <>
      <button
        type="button"
        {...rest}
        className={`button ${look === 'plain' ? '' : look} ${className}`}
        aria-disabled={reason !== null}
        aria-describedby={reason === null ? rest['aria-describedby'] : (reasonId ?? ownId)}
        title={reason ?? rest.title}
        onClick={reason === null ? onClick : (event) => event.preventDefault()}
      >
        {children}
      </button>
      {reason !== null && reasonId === undefined && (
        <span id={ownId} className="hidden">
          {reason}
        </span>
      )}
    </>
  );
}
