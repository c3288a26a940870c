import { downloadAdapter, removeAdapter, useAdapter } from '../../state/adapterStore';
import { bytes, plural } from '../../state/format';
import { readinessText } from '../../state/readiness';
import { startRun } from '../../state/runs/startRun';
import { isActive, useRun } from '../../state/runStore';
import { Button } from '../common/Button';
import { CopyButton } from '../common/CopyButton';
import { ErrorCard } from '../common/ErrorCard';
import { Icon } from '../common/Icon';
import { useReadiness } from './useReadiness';

const adapterLines = `from transformers import AutoModelForCausalLM
from peft import PeftModel
model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("base"), "adapter")`;

const modelLines = `from transformers import AutoModelForCausalLM
model = AutoModelForCausalLM.from_pretrained("model")`;

/** What was tuned, an adapter or all weights: what it is, how to take it along, how to load it in Python. */
export function AdapterSection() {
  const status = useAdapter((state) => state.status);
  const download = useAdapter((state) => state.download);
  const runDone = useRun((state) => state.status.kind === 'done');
  const active = useRun((state) => isActive(state.status));
  const state = useReadiness();
  if (status.kind !== 'ready') return null;
  const blocked = active ? 'A run is under way' : state.ready ? null : readinessText(state);
  const { note, restored, whole } = status;
  const what = whole ? 'model' : 'adapter';
  const loadLines = whole ? modelLines : adapterLines;
  return (
    <section className="section ruled" aria-label={whole ? 'Tuned model' : 'Adapter'}>
      <h3>{whole ? 'Tuned model' : 'Adapter'}</h3>
      <p className="note">
        {restored ? 'From an earlier visit: ' : ''}
        {plural(note.steps, 'step')} on {note.data}.{' '}
        {whole
          ? 'Every weight was trained. It is in this tab only: download it before you close or fine-tune again.'
          : restored
            ? 'Ready for chat.'
            : 'Kept on this machine, so that a refresh finds it.'}
      </p>
      <div className="source">
        {!runDone && (
          <Button
            unavailable={download.kind === 'packing' ? 'The zip is being packed' : null}
            onClick={() => void downloadAdapter()}
          >
            <Icon name="download" />
            Download {what}
          </Button>
        )}
        {!whole && (
          <Button
            unavailable={blocked}
            title="Starts from this adapter instead of a fresh one; the optimizer begins afresh"
            onClick={() => void startRun({ startFrom: 'adapter' })}
          >
            Train further
          </Button>
        )}
        <Button look="quiet" onClick={() => void removeAdapter()}>
          {whole ? 'Back to the base model' : 'Remove adapter'}
        </Button>
      </div>
      {download.kind === 'failed' && <ErrorCard error={download.error} />}
      {download.kind === 'done' && (
        <>
          <p role="status">
            {download.fileName}, {bytes(download.sizeBytes)}: {plural(download.files.length, 'file')},{' '}
            {whole ? 'a Hugging Face folder.' : 'PEFT’s layout.'}
          </p>
          <div className="snippet">
            <p className="note">
              {whole ? (
                'Two lines load it in Python.'
              ) : (
                <>
                  Three lines load it in Python; <code className="mono">base</code> is the model’s folder (the built-in
                  one is <code className="mono">models/builtin</code> beside this page).
                </>
              )}
            </p>
            <pre tabIndex={0} aria-label={`Python lines that load the ${what}`}>
              {loadLines}
            </pre>
            <div className="copy">
              <CopyButton text={loadLines} what="the Python lines" />
            </div>
          </div>
        </>
      )}
    </section>
  );
}
