import { useRef, useSyncExternalStore, type KeyboardEvent, type ReactNode } from 'react';
import { openPane, panes, setNotice, useView, type Pane } from '../state/viewStore';
import { Button } from './common/Button';
import { ErrorCard } from './common/ErrorCard';
import { PaneBoundary } from './common/PaneBoundary';
import { ChatPane } from './chat/ChatPane';
import { DataPane } from './data/DataPane';
import { DropVeil } from './DropVeil';
import { ModelsDialog } from './models/ModelsDialog';
import { RunsDialog } from './runs/RunsDialog';
import { TopBar } from './TopBar';
import { TrainPane } from './train/TrainPane';

const names: Record<Pane, string> = { data: 'Data', train: 'Train', chat: 'Chat' };
const contents: Record<Pane, () => ReactNode> = {
  data: () => <DataPane />,
  train: () => <TrainPane />,
  chat: () => <ChatPane />,
};

/** Below this width the panes are tabs (layout.css has the same figure). */
const narrowQuery = '(max-width: 1099px)';
const onWidth = (listener: () => void): (() => void) => {
  const query = matchMedia(narrowQuery);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
};

function Tabs({ pane }: { pane: Pane }) {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const next = (panes.indexOf(pane) + step + panes.length) % panes.length;
    const to = panes[next];
    if (!to) return;
    event.preventDefault();
    openPane(to);
    list.current?.querySelectorAll('button')[next]?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label="Steps" ref={list} onKeyDown={move}>
      {panes.map((one) => (
        <button
          key={one}
          id={`tab-${one}`}
          type="button"
          role="tab"
          aria-selected={one === pane}
          aria-controls={`pane-${one}`}
          tabIndex={one === pane ? 0 : -1}
          onClick={() => openPane(one)}
        >
          {names[one]}
        </button>
      ))}
    </div>
  );
}

export function App() {
  const pane = useView((state) => state.pane);
  const notice = useView((state) => state.notice);
  const announcement = useView((state) => state.announcement);
  const announced = useView((state) => state.announced);
  const narrow = useSyncExternalStore(onWidth, () => matchMedia(narrowQuery).matches);
  return (
    <>
      <TopBar />
      <div className="between">
        {notice && (
          <div className="notice">
            <ErrorCard error={notice}>
              <Button onClick={() => setNotice(null)}>Dismiss</Button>
            </ErrorCard>
          </div>
        )}
        {narrow && (
          <nav aria-label="Steps" className="steps">
            <Tabs pane={pane} />
          </nav>
        )}
      </div>
      <main className="panes">
        {panes.map((one) => (
          <section
            key={one}
            id={`pane-${one}`}
            className={`pane ${one}`}
            data-open={one === pane}
            {...(narrow ? { role: 'tabpanel', 'aria-labelledby': `tab-${one}` } : { 'aria-label': names[one] })}
          >
            <PaneBoundary name={names[one]}>{contents[one]()}</PaneBoundary>
          </section>
        ))}
      </main>
      <ModelsDialog />
      <RunsDialog />
      <DropVeil />
      <p className="hidden" role="status" aria-live="polite">
        {/* A sentence that is said twice is read out twice only where it is put there anew. */}
        <span key={announced}>{announcement}</span>
      </p>
    </>
  );
}
