import type { ReactNode } from 'react';

interface Props {
  label: string;
  /** Part done, 0 to 1, or null while unknown. */
  share: number | null;
  children?: ReactNode;
}

/** Work under way: what, how far, and room for a cancel button. */
export function Progress({ label, share, children }: Props) {
  return (
    <div className="section">
      <p className="note">{label}</p>
      <progress className="bar-progress" aria-label={label} {...(share === null ? {} : { value: share, max: 1 })} />
      {children}
    </div>
  );
}
