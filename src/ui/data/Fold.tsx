import { useState, type ReactNode } from 'react';

interface Props {
  title: string;
  /** What stands beside the title while it is folded: the section in one line. */
  says?: ReactNode;
  /** Opens by itself while this holds, until somebody folds it. */
  wanted?: boolean;
  /** Marks a section that needs a hand. */
  tone?: 'warning';
  children: () => ReactNode;
}

/** A section of the pane as one line that unfolds; its content exists only while it is open. */
export function Fold({ title, says, wanted = false, tone, children }: Props) {
  const [chosen, setChosen] = useState<boolean | null>(null);
  // What was opened for somebody stays open while they work in it.
  const [opened, setOpened] = useState(wanted);
  if (wanted && !opened) setOpened(true);
  const open = chosen ?? opened;
  return (
    <section className="fold" aria-label={title}>
      <details open={open}>
        <summary
          onClick={(event) => {
            // By hand, so that the content is there in the moment it opens.
            event.preventDefault();
            setChosen(!open);
          }}
        >
          <h3>{title}</h3>
          <span className={`says ${tone ?? ''}`}>{says}</span>
        </summary>
        {open && <div className="content">{children()}</div>}
      </details>
    </section>
  );
}
