import { usePace, setPace } from '../../state/runs/pace';
import { Segments } from '../common/Segments';

const paces = [
  { value: 'polite', label: 'Polite' },
  { value: 'full', label: 'Full speed' },
] as const;

/** How much of the device the run takes. */
export function PaceChoice() {
  const pace = usePace((state) => state.pace);
  return (
    <div className="pace">
      <Segments label="Pace" value={pace} options={paces} onChange={(value) => void setPace(value)} />
      <p className="note">
        {pace === 'polite'
          ? 'Leaves the device time for this page and other programs between slices of work.'
          : 'Takes all of the device; the page and other programs may stutter.'}
      </p>
    </div>
  );
}
