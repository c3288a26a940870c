import { controlVerdict } from '../../state/controlVerdict';
import { lossText } from '../../state/format';
import { checkGradients, startControlRun, useProof, type ControlRun } from '../../state/proofStore';
import { readinessText } from '../../state/readiness';
import { isActive, useRun } from '../../state/runStore';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';
import { Progress } from '../common/Progress';
import { GradientTable } from './GradientTable';
import { useReadiness } from './useReadiness';

/** What the control run shows beside the run that it was made for. */
function Verdict({ control }: { control: Extract<ControlRun, { kind: 'done' }> }) {
  const own = useRun((state) => state.series);
  const verdict = controlVerdict(control.evals, own.evals);
  if (verdict === null) {
    return (
      <p>
        {control.trainingLoss === null
          ? 'It took no step.'
          : `Its training loss ended at ${lossText(control.trainingLoss)}.`}{' '}
        There was no validation to compare: hold rows out under “Rows used” in the data pane.
      </p>
    );
  }
  return (
    <p>
      {verdict}
      {own.steps.length > 0 && ' The dashed line in the chart is its curve.'}
    </p>
  );
}

function Gradients({ blocked }: { blocked: string | null }) {
  const gradients = useProof((state) => state.gradients);
  return (
    <div className="proof">
      <p>
        Is the gradient that trains the gradient of the loss? On this device, with this recipe, every kind of trained
        matrix is moved a little both ways, and the change of the loss is compared with what backpropagation says.
      </p>
      <div>
        <Button
          unavailable={gradients.kind === 'running' ? 'The check is under way' : blocked}
          onClick={() => void checkGradients()}
        >
          Check gradients
        </Button>
      </div>
      {gradients.kind === 'running' && (
        <Progress label="Checking gradients" share={gradients.total > 0 ? gradients.done / gradients.total : null} />
      )}
      {gradients.kind === 'failed' && <ErrorCard error={gradients.error} />}
      {gradients.kind === 'done' && <GradientTable result={gradients.result} />}
    </div>
  );
}

function Control({ blocked }: { blocked: string | null }) {
  const control = useProof((state) => state.control);
  return (
    <div className="proof">
      <p>
        Would anything have looked like learning? The same run with the trained labels shuffled among themselves must
        not learn your answers: its validation loss stays up. It leaves no adapter, and the run shown now comes back.
      </p>
      <div>
        <Button unavailable={blocked} onClick={() => void startControlRun()}>
          Control run
        </Button>
      </div>
      {control.kind === 'running' && <p role="status">The run above is the control run.</p>}
      {control.kind === 'failed' && <ErrorCard error={control.error} />}
      {control.kind === 'done' && <Verdict control={control} />}
    </div>
  );
}

/** For those who want proof that learning is real. */
export function Proof() {
  const active = useRun((state) => isActive(state.status));
  const state = useReadiness();
  const blocked = active ? 'A run is under way' : state.ready ? null : readinessText(state);
  return (
    <section className="section ruled" aria-label="Proof">
      <details className="group-proof">
        <summary>
          <h3>Proof</h3>
          <span className="note">that learning is real, on this device</span>
        </summary>
        <Gradients blocked={blocked} />
        <Control blocked={blocked} />
      </details>
    </section>
  );
}
