import { bytes, duration } from '../../state/format';
import { modelName } from '../../state/modelNames';
import { cancelLoading, useModel, type WeightsStatus } from '../../state/modelStore';
import { Button } from '../common/Button';
import { Progress } from '../common/Progress';

const phases = { download: 'Fetching', load: 'Loading the weights of', compile: 'Compiling for' } as const;

/** What of the load, how much of it, how fast, how long still. */
export function loadingText(name: string, weights: Extract<WeightsStatus, { kind: 'loading' }>): string {
  const { progress, speed } = weights;
  if (!progress) return `Opening ${name}`;
  const facts =
    progress.totalBytes > 0
      ? [
          `${bytes(progress.loadedBytes)} of ${bytes(progress.totalBytes)}`,
          ...(speed.rate === null ? [] : [`${bytes(speed.rate)}/s`]),
          ...(speed.secondsLeft === null ? [] : [`${duration(speed.secondsLeft)} left`]),
        ]
      : [];
  return [`${phases[progress.phase]} ${name}`, ...facts].join(' · ');
}

/** A model on its way in, with the way to end it; nothing at other times. */
export function LoadingModel() {
  const source = useModel((state) => state.source);
  const weights = useModel((state) => state.weights);
  if (weights.kind !== 'loading') return null;
  const { progress, cancelling } = weights;
  const share = progress && progress.totalBytes > 0 ? progress.loadedBytes / progress.totalBytes : null;
  return (
    <Progress label={loadingText(modelName(source), weights)} share={share}>
      {source?.kind !== 'url' && (
        <div>
          <Button unavailable={cancelling ? 'The load is ending' : null} onClick={() => void cancelLoading()}>
            Cancel
          </Button>
        </div>
      )}
    </Progress>
  );
}
