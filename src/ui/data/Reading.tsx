import { useEffect, useState } from 'react';
import type { DataProgress } from '../../protocol/dataApi';
import { cancelReading, stopLabelling, useDataset } from '../../state/datasetStore';
import { bytes, count, duration } from '../../state/format';
import { Button } from '../common/Button';
import { Progress } from '../common/Progress';

const phases = { read: 'Reading', judge: 'Judging the rows of', tokenize: 'Tokenizing' } as const;

const shareOf = (progress: DataProgress | null): number | null =>
  progress && progress.totalBytes > 0 ? Math.min(1, progress.doneBytes / progress.totalBytes) : null;

/** A file on its way in: phase, how much of it, how fast, how long still. */
export function Reading() {
  const status = useDataset((state) => state.status);
  const rate = useDataset((state) => state.rate);
  if (status.kind !== 'reading') return null;
  const { progress, secondsLeft } = status;
  const facts = progress
    ? [
        `${bytes(progress.doneBytes)} of ${bytes(progress.totalBytes)}`,
        `${count(progress.rows)} rows`,
        ...(rate === null ? [] : [`${bytes(rate)}/s`]),
        ...(secondsLeft === null ? [] : [`${duration(secondsLeft)} left`]),
      ]
    : [];
  return (
    <Progress
      label={[`${phases[progress?.phase ?? 'read']} ${status.fileName}`, ...facts].join(' · ')}
      share={shareOf(progress)}
    >
      <div>
        <Button onClick={() => void cancelReading()}>Cancel</Button>
      </div>
    </Progress>
  );
}

/** Shorter waits are over before they could be read. */
const shownAfterMs = 400;

/** Rows being labelled anew while the old ones stay in sight. */
export function Relabelling() {
  const progress = useDataset((state) => state.progress);
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(true), shownAfterMs);
    return () => clearTimeout(timer);
  }, []);
  if (!isLong) return null;
  const label = progress ? `Labelling anew · ${count(progress.rows)} rows` : 'Labelling anew…';
  return (
    <Progress label={label} share={progress?.share ?? null}>
      <div>
        <Button onClick={() => void stopLabelling()}>Cancel</Button>
      </div>
    </Progress>
  );
}
