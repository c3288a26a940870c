import { useEffect, useRef, useState, type FormEvent, type RefObject } from 'react';
import { toErrorRecord, type ErrorRecord } from '../../lib/errors';
import { defaultEndpoint } from '../../state/gallery';
import { hubEndpoint, modelIsHeld, openHubModel, setHubEndpoint } from '../../state/openHub';
import { useRun } from '../../state/runStore';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';

interface Props {
  /** Put in by the gallery: a repository that asks for a token. */
  asked: { repository: string; times: number };
  onEndpoint: () => void;
}

/** Any repository of a hub, also a private one, also from a mirror. */
export function HubForm({ asked, onEndpoint }: Props) {
  const [repository, setRepository] = useState('');
  const [revision, setRevision] = useState('');
  const [token, setToken] = useState('');
  const [endpoint, setEndpoint] = useState(hubEndpoint);
  const [problem, setProblem] = useState<ErrorRecord | null>(null);
  const tokenField: RefObject<HTMLInputElement | null> = useRef(null);
  useRun((state) => state.status);
  const [known, setKnown] = useState(asked);
  if (known !== asked) {
    setKnown(asked);
    setRepository(asked.repository);
  }
  useEffect(() => {
    if (asked.times === 0) return;
    tokenField.current?.focus();
    tokenField.current?.scrollIntoView({ block: 'center' });
  }, [asked]);

  const takeEndpoint = (): boolean => {
    try {
      setEndpoint(setHubEndpoint(endpoint));
      setProblem(null);
      onEndpoint();
      return true;
    } catch (error) {
      setProblem(toErrorRecord(error));
      return false;
    }
  };
  const load = async (): Promise<void> => {
    if (modelIsHeld() !== null || !takeEndpoint()) return;
    const refusal = await openHubModel({ repository, revision, token });
    setProblem(refusal);
    if (!refusal) setToken('');
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void load();
  };
  return (
    <form className="hub-form" onSubmit={submit} aria-label="From a hub">
      <label className="wide">
        Repository
        <input
          type="text"
          value={repository}
          placeholder="org/name"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          onChange={(event) => setRepository(event.target.value)}
        />
      </label>
      <label>
        Revision
        <input
          type="text"
          value={revision}
          placeholder="main"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          onChange={(event) => setRevision(event.target.value)}
        />
      </label>
      <label className="wide">
        Access token
        <input
          ref={tokenField}
          type="password"
          value={token}
          placeholder="only where one is asked for"
          autoComplete="off"
          aria-describedby="token-says"
          onChange={(event) => setToken(event.target.value)}
        />
      </label>
      <label>
        Hub address
        <input
          type="text"
          inputMode="url"
          value={endpoint}
          placeholder={defaultEndpoint}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          onChange={(event) => setEndpoint(event.target.value)}
          onBlur={takeEndpoint}
        />
      </label>
      <p className="note" id="token-says">
        The token goes to this hub only and is held in memory until the page closes: it is never stored. Gallery and
        form ask the same hub.
      </p>
      <div>
        <Button
          type="submit"
          aria-label="Load it"
          unavailable={modelIsHeld() ?? (repository.trim() === '' ? 'Name a repository first' : null)}
        >
          Load
        </Button>
      </div>
      {problem && <ErrorCard error={problem} />}
    </form>
  );
}
