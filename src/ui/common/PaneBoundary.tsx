import { Component, type ReactNode } from 'react';
import { toErrorRecord, type ErrorRecord } from '../../lib/errors';
import { Button } from './Button';
import { ErrorCard } from './ErrorCard';

interface State {
  error: ErrorRecord | null;
}

/** Keeps a failure while drawing inside its pane; the rest of the page goes on. */
export class PaneBoundary extends Component<{ name: string; children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: toErrorRecord(error) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <div className="body">
        <ErrorCard
          error={{ ...error, message: `${this.props.name}: could not be drawn (${error.message}); show it again` }}
        >
          <Button onClick={() => this.setState({ error: null })}>Show it again</Button>
        </ErrorCard>
      </div>
    );
  }
}
