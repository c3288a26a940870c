import { useRef } from 'react';
import { bytes, count, duration } from '../../state/format';
import { cancelReading, useDataset } from '../../state/datasetStore';
import { openOwnFiles, openSample, useSamples } from '../../state/samplesStore';
import { useModel } from '../../state/modelStore';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';
import { Icon } from '../common/Icon';
import { Progress } from '../common/Progress';
import { Problems } from './Problems';
import { RowDetail } from './RowDetail';
import { RowList } from './RowList';
import { Summary } from './Summary';
import { SpanSection } from '../spans/SpanSection';
import { TemplateSection } from '../template/TemplateSection';

/** The way in: sample sets, or a file (which can also be dropped anywhere on the page). */
function Source() {
  const samples = useSamples((state) => state.samples);
  const current = useSamples((state) => state.current);
  const fileName = useDataset((state) => state.file?.name);
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className="section">
      <div className="source">
        <select
          aria-label="Sample set"
          value={current?.id ?? ''}
          onChange={(event) => void openSample(event.target.value)}
        >
          {!current && (
            <option value="">{fileName === undefined ? 'Open a sample set' : `Your file: ${fileName}`}</option>
          )}
          {samples.map((sample) => (
            <option key={sample.id} value={sample.id}>
              Sample: {sample.title}
            </option>
          ))}
        </select>
        <Button onClick={() => input.current?.click()}>
          <Icon name="file" />
          Choose or drop a file
        </Button>
        <input
          ref={input}
          className="hidden"
          type="file"
          tabIndex={-1}
          aria-label="Choose a file"
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            event.target.value = '';
            void openOwnFiles(files);
          }}
        />
      </div>
      {current && <p className="note">{current.description}</p>}
    </div>
  );
}

function Reading() {
  const status = useDataset((state) => state.status);
  if (status.kind !== 'reading') return null;
  const { progress } = status;
  const words = { read: 'Reading', judge: 'Judging the rows of', tokenize: 'Tokenizing' }[progress?.phase ?? 'read'];
  const share = progress && progress.totalBytes > 0 ? progress.doneBytes / progress.totalBytes : null;
  const detail = progress
    ? ` · ${bytes(progress.doneBytes)} of ${bytes(progress.totalBytes)} · ${count(progress.rows)} rows${status.secondsLeft !== null ? ` · ${duration(status.secondsLeft)} left` : ''}`
    : '';
  return (
    <Progress label={`${words} ${status.fileName}${detail}`} share={share}>
      <div>
        <Button onClick={() => void cancelReading()}>Cancel</Button>
      </div>
    </Progress>
  );
}

export function DataPane() {
  const status = useDataset((state) => state.status);
  const tokenizer = useModel((state) => state.tokenizer);
  return (
    <>
      <header>
        <h2>
          <span className="step">1</span> Data
        </h2>
      </header>
      <div className="body">
        <Source />
        {tokenizer.kind === 'failed' && <ErrorCard error={tokenizer.error} />}
        {status.kind === 'empty' && tokenizer.kind !== 'failed' && (
          <div className="empty">
            {tokenizer.kind === 'ready' ? (
              <p>
                No data yet. Drop a file of conversations anywhere on the page: one JSON object per line, with a list of{' '}
                <code className="mono">messages</code>. It stays on this machine.
              </p>
            ) : (
              <p>Opening the tokenizer and the sample conversations…</p>
            )}
          </div>
        )}
        <Reading />
        {status.kind === 'failed' && <ErrorCard error={status.error} />}
        {status.kind === 'ready' && (
          <>
            {status.refusal && <ErrorCard error={status.refusal} />}
            <Summary summary={status.summary} busy={status.relabelling} />
            <Problems summary={status.summary} />
            <TemplateSection />
            <SpanSection />
            {status.summary.rows > 0 && (
              <>
                <RowList rows={status.summary.rows} />
                <RowDetail />
              </>
            )}
          </>
        )}
      </div>
    </>
  );
}
