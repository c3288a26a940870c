import type { DatasetSummary } from '../../protocol/rows';
import { useDataset } from '../../state/datasetStore';
import { useModel } from '../../state/modelStore';
import { ErrorCard } from '../common/ErrorCard';
import { useFrames } from '../common/useFrames';
import { SpanSection } from '../spans/SpanSection';
import { TemplateSection } from '../template/TemplateSection';
import { Changes } from './Changes';
import { FormatSection } from './FormatSection';
import { Problems } from './Problems';
import { Reading, Relabelling } from './Reading';
import { RowBar } from './RowBar';
import { RowDetail } from './RowDetail';
import { RowList } from './RowList';
import { RowsUsed } from './RowsUsed';
import { Source } from './Source';
import { Statistics } from './Statistics';
import { Summary } from './Summary';

function Empty() {
  const tokenizer = useModel((state) => state.tokenizer);
  if (tokenizer.kind === 'failed') return null;
  return (
    <div className="empty">
      {tokenizer.kind === 'ready' ? (
        <p>
          No data yet. Drop a file anywhere on the page: conversations, instructions, questions with answers, or plain
          text, as JSONL, JSON, CSV, TSV or Parquet, gzipped or not. It stays on this machine.
        </p>
      ) : (
        <p>Opening the tokenizer and the sample conversations…</p>
      )}
    </div>
  );
}

function Sections({ summary, busy }: { summary: DatasetSummary; busy: boolean }) {
  return (
    <div className="folds">
      <FormatSection key={summary.dataHash} summary={summary} />
      <Problems summary={summary} />
      <RowsUsed summary={summary} />
      <Statistics summary={summary} busy={busy} />
      <TemplateSection />
      <SpanSection />
    </div>
  );
}

function Ready() {
  const status = useDataset((state) => state.status);
  // Figures, sections, list, and when that has its rows the row shown, each in a frame of its own: together they would hold
  // the page up, the more so where the browser has to look for the fonts of a script that it has not drawn yet.
  const hasRows = useDataset((state) => state.rows.size > 0);
  const drawn = useFrames(hasRows ? 3 : 2);
  if (status.kind !== 'ready') return null;
  const { summary, refusal, relabelling } = status;
  return (
    <>
      {refusal && <ErrorCard error={refusal} />}
      <Summary summary={summary} busy={relabelling} />
      {relabelling && <Relabelling />}
      <Changes />
      {drawn >= 1 && <Sections summary={summary} busy={relabelling} />}
      {drawn >= 2 && summary.rows > 0 && (
        <>
          <RowBar summary={summary} />
          <RowList rows={summary.rows} />
          {drawn >= 3 && <RowDetail />}
        </>
      )}
    </>
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
        {status.kind === 'empty' && <Empty />}
        <Reading />
        {status.kind === 'failed' && <ErrorCard error={status.error} />}
        {status.kind === 'ready' && <Ready />}
      </div>
    </>
  );
}
