/** How far what a run waits for has come. Pure. */
import type { DatasetStatus, LabelProgress } from './datasetStore';
import { duration, percent } from './format';

/** "43 %, 3 s left" of the rows that are being read or labelled anew; '' where nothing is known, or nothing of it is going on. */
export function waitingText(status: DatasetStatus, labelling: LabelProgress | null): string {
  if (status.kind === 'reading' && status.progress !== null && status.progress.totalBytes > 0) {
    const { progress, secondsLeft } = status;
    const far = percent(progress.doneBytes, progress.totalBytes);
    return secondsLeft === null ? far : `${far}, ${duration(secondsLeft)} left`;
  }
  return status.kind === 'ready' && status.relabelling && labelling !== null ? percent(labelling.share, 1) : '';
}
