import { useEffect, useState, type ComponentType, type ReactNode } from 'react';
import { toErrorRecord, type ErrorRecord } from '../../lib/errors';
import { Button } from './Button';
import { ErrorCard } from './ErrorCard';

/** Brings parts that are worth having before anybody asks for them. */
const wantedAhead: (() => Promise<unknown>)[] = [];

interface Options {
  /** Fetched as soon as the page has nothing else to do, so that it is there without a network too. */
  ahead?: boolean;
  /** Stands in its place on the way. */
  waiting?: ReactNode;
}

/**
 * A component whose code is not needed for the page's first picture: it is fetched when it is first drawn, or ahead of
 * that. One that could not be fetched says so and can be asked for again. @param what its name in a sentence, "the runs".
 */
export function latePart<P extends object>(
  what: string,
  load: () => Promise<ComponentType<P>>,
  { ahead = false, waiting }: Options = {},
): ComponentType<P> {
  let coming: Promise<ComponentType<P>> | null = null;
  const bring = (): Promise<ComponentType<P>> => {
    coming ??= load().catch((error: unknown) => {
      coming = null;
      throw error;
    });
    return coming;
  };
  if (ahead) wantedAhead.push(bring);
  let arrived: ComponentType<P> | null = null;

  return function LatePart(props: P) {
    const [Part, setPart] = useState(() => arrived);
    const [error, setError] = useState<ErrorRecord | null>(null);
    const [attempt, setAttempt] = useState(0);
    useEffect(() => {
      if (Part) return;
      let isGone = false;
      bring().then(
        (part) => {
          arrived = part;
          if (!isGone) setPart(() => part);
        },
        (reason: unknown) => {
          if (!isGone) setError(toErrorRecord(reason));
        },
      );
      return () => {
        isGone = true;
      };
    }, [Part, attempt]);
    if (Part) return <Part {...props} />;
    if (!error) return waiting ?? <p className="note">Opening {what}…</p>;
    const message = `${what.charAt(0).toUpperCase()}${what.slice(1)}: this part of the page could not be fetched (${error.message}); check the network, then load it again`;
    return (
      <ErrorCard error={{ ...error, message }}>
        <Button
          onClick={() => {
            setError(null);
            setAttempt(attempt + 1);
          }}
        >
          Load it again
        </Button>
      </ErrorCard>
    );
  };
}

/** A slow machine has no idle time while the model loads: then without it. */
const idle = (): Promise<unknown> =>
  new Promise((go) => {
    if (typeof requestIdleCallback === 'function') requestIdleCallback(go, { timeout: 500 });
    else setTimeout(go, 200);
  });

/** Fetches the parts that are wanted ahead, one after the other while nothing happens. One that fails says so when it is drawn. */
export async function fetchLateParts(): Promise<void> {
  for (const bring of wantedAhead) {
    await idle();
    await bring().catch(() => undefined);
  }
}
