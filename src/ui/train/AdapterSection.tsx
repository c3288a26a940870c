import { downloadAdapter, removeAdapter, useAdapter, type AdapterStatus } from '../../state/adapterStore';
import { bytes, plural } from '../../state/format';
import { useModel } from '../../state/modelStore';
import { isActive, useRun } from '../../state/runStore';
import { Button } from '../common/Button';
import { CopyButton } from '../common/CopyButton';
import { ErrorCard } from '../common/ErrorCard';
import { Icon } from '../common/Icon';
import { OpenAdapter } from './OpenAdapter';

const adapterLines = `from transformers import AutoModelForCausalLM
from peft import PeftModel
model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("base"), "adapter")`;

const modelLines = `from transformers import AutoModelForCausalLM
model = AutoModelForCausalLM.from_pretrained("model")`;

type Ready = Extract<AdapterStatus, { kind: 'ready' }>;

/** Whence it is, and whether the next visit finds it. */
function whence({ note, restored, whole, runId }: Ready): string {
  const kept = 'Kept on this machine, so that a refresh finds it.';
  if (note.file !== undefined) return `From ${note.file}. ${kept}`;
  const made = `${restored ? 'Of an earlier run: ' : ''}${plural(note.steps, 'step')} on ${note.data}.`;
  if (!whole) return `${made} ${restored ? 'Ready for chat.' : kept}`;
  const every = 'Every weight was trained.';
  return runId === null
    ? `${made} ${every} It is in this tab only: download it before you close or fine-tune again.`
    : `${made} ${every} ${kept} Another run begins with the base model again; this one stays in Runs.`;
}

/** Nothing is tuned yet: an adapter of this computer can be. */
function NoAdapter({ blocked }: { blocked: string | null }) {
  return (
    <section className="section ruled" aria-label="Adapter">
      <h3>Adapter</h3>
      <p className="note">
        A run makes one. One that you have, in PEFT’s layout and made for this model, can be opened here: to chat with,
        or to train further.
      </p>
      <OpenAdapter unavailable={blocked} />
    </section>
  );
}

/** What was tuned, an adapter or all weights: what it is, how to take it along, how to load it in Python. */
export function AdapterSection() {
  const status = useAdapter((state) => state.status);
  const download = useAdapter((state) => state.download);
  const runDone = useRun((state) => state.status.kind === 'done');
  const active = useRun((state) => isActive(state.status));
  const hasModel = useModel(({ weights }) => weights.kind === 'ready');
  if (status.kind === 'none' && !active)
    return <NoAdapter blocked={hasModel ? null : 'Its base model must be loaded first'} />;
  if (status.kind !== 'ready') return null;
  const { whole } = status;
  const what = whole ? 'model' : 'adapter';
  const loadLines = whole ? modelLines : adapterLines;
  return (
    <section className="section ruled" aria-label={whole ? 'Tuned model' : 'Adapter'}>
      <h3>{whole ? 'Tuned model' : 'Adapter'}</h3>
      <p className="note">{whence(status)}</p>
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
        <Button look="quiet" unavailable={active ? 'A run is under way' : null} onClick={() => void removeAdapter()}>
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
