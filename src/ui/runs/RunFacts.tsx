import type { ReactNode } from 'react';
import type { KeptRun } from '../../protocol/run';
import { bytes, count, duration, lossText, percent } from '../../state/format';
import { useHistory } from '../../state/runs/historyStore';
import { runName, whenText } from '../../state/runs/runWords';
import { CopyButton } from '../common/CopyButton';

const Pair = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
);

/** A hash by its first digits; the copy button takes the whole. */
function Hash({ name, value }: { name: string; value: string }) {
  return (
    <Pair name={`${name} hash`}>
      <span className="mono" title={value}>
        {value.slice(0, 12)}
      </span>
      <CopyButton text={value} what={`the ${name.toLowerCase()} hash`} compact />
    </Pair>
  );
}

/** "60.1 MB, forecast 58.0 MB (+4 %)". */
function memoryText(peak: number | null, forecast: number | null): string {
  const told = forecast === null ? 'not forecast' : `forecast ${bytes(forecast)}`;
  if (peak === null) return `not measured, ${told}`;
  if (forecast === null || forecast <= 0) return `${bytes(peak)}, ${told}`;
  const off = Math.round((peak / forecast - 1) * 100);
  return `${bytes(peak)}, ${told} (${off < 0 ? '−' : '+'}${Math.abs(off)} %)`;
}

/** Full facts: what it was trained on and with, what it took, what it came from. */
export function RunFacts({ run }: { run: KeptRun }) {
  const { record } = run;
  const figures = useHistory((state) => state.figures.get(record.id));
  const parent = useHistory((state) => state.runs?.find((one) => one.record.id === record.parent?.runId));
  const { device, error } = record;
  const { best, firstLoss } = figures ?? {};
  return (
    <dl className="pairs run-facts">
      <Pair name="Began">
        {whenText(record.createdAt)}, last written {whenText(record.updatedAt)}
      </Pair>
      <Pair name="Trained for">{duration(record.trainingMs / 1000)}</Pair>
      <Pair name="Steps">
        {count(record.steps)} of {count(record.totalSteps)}
        {record.bestStep !== null && `; best at step ${count(record.bestStep)}`}
      </Pair>
      {best && (
        <Pair name="Validation">
          loss {lossText(best.loss)}
          {typeof firstLoss === 'number' && ` (${lossText(firstLoss)} before the first step)`}, perplexity{' '}
          {lossText(best.perplexity)}, token accuracy {percent(best.tokenAccuracy, 1)}
        </Pair>
      )}
      <Pair name="Rows">
        {count(record.rows)} trained, {count(record.validationRows)} for validation
      </Pair>
      <Pair name="Trained parameters">{count(record.trainableParameters)}</Pair>
      <Pair name="Device">
        {device.backend === 'webgpu' ? 'WebGPU' : 'WASM'}, {device.adapter}
      </Pair>
      <Pair name="Most memory">{memoryText(record.peakBytes, record.forecastBytes)}</Pair>
      <Pair name="Checkpoints">
        {record.checkpoints.length === 0 ? 'none' : `step ${record.checkpoints.map(count).join(', ')}`}
      </Pair>
      {record.control !== null && <Pair name="Control">labels shuffled on purpose: it must not learn</Pair>}
      {record.parent && (
        <Pair name="Begun from">
          {parent ? runName(parent) : 'a run that is not here'}, step {count(record.parent.step)}
        </Pair>
      )}
      {error && <Pair name="Failed with">{error.code}</Pair>}
      <Hash name="Configuration" value={record.configHash} />
      <Hash name="Recipe" value={record.recipeHash} />
      <Hash name="Data" value={record.dataHash} />
      <Hash name="Rows" value={record.examplesHash} />
    </dl>
  );
}
