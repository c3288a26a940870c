import { bytes, percent } from '../../state/format';
import { deleteModel, undoDelete, useKept, type KeptModel } from '../../state/keptModels';
import { useModel } from '../../state/modelStore';
import { modelIsHeld, openHubModel } from '../../state/openHub';
import { isKeptAs } from '../../state/rememberedModel';
import { useRun } from '../../state/runStore';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';
import { Icon } from '../common/Icon';

const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });
/** "today", "yesterday", or the date. */
function lastUsedText(at: number, now = Date.now()): string {
  const days = Math.floor((new Date(now).setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000 + 0.5);
  return days <= 0 ? 'today' : days === 1 ? 'yesterday' : day.format(at);
}

const shortRevision = ({ revision }: KeptModel): string =>
  /^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 8) : revision;

function KeptRow({ model }: { model: KeptModel }) {
  const isLeaving = useKept((state) => state.leaving.has(model.id));
  const source = useModel((state) => state.source);
  const weights = useModel((state) => state.weights.kind);
  useRun((state) => state.status);
  const isCurrent = source?.kind === 'hub' && isKeptAs(model, source);
  const isLoading = isCurrent && weights === 'loading';
  const { repository, revision, endpoint } = model;
  const load = (): void => void openHubModel({ repository, revision, endpoint });
  const size = model.complete
    ? bytes(model.bytes)
    : `${bytes(model.bytes)} of ${bytes(model.totalBytes)} (${percent(model.bytes, model.totalBytes)})`;
  if (isLeaving)
    return (
      <li className="model-row leaving">
        <p className="about">{repository} is deleted.</p>
        <div className="do">
          <Button onClick={() => undoDelete(model)} aria-label={`Undo deleting ${repository}`}>
            <Icon name="undo" />
            Undo
          </Button>
        </div>
      </li>
    );
  return (
    <li className="model-row">
      <div className="about">
        <h4>{repository}</h4>
        <p className="facts-line">
          <span>{size}</span>
          <span>revision {shortRevision(model)}</span>
          <span>last used {lastUsedText(model.lastUsed)}</span>
          <span>{new URL(endpoint).host}</span>
        </p>
      </div>
      <div className="do">
        {isCurrent && weights === 'ready' ? (
          <span className="mark">
            <Icon name="check" />
            in use
          </span>
        ) : (
          !isLoading && (
            <Button
              unavailable={modelIsHeld()}
              onClick={load}
              aria-label={`${model.complete ? 'Load kept' : 'Resume kept'} ${repository}`}
            >
              {model.complete ? 'Load' : 'Resume'}
            </Button>
          )
        )}
        <Button
          look="quiet"
          unavailable={isLoading ? 'It is being loaded' : null}
          onClick={() => deleteModel(model)}
          aria-label={`Delete ${repository}`}
        >
          Delete
        </Button>
      </div>
    </li>
  );
}

/** The downloads that the browser keeps for this page, with their sizes, and how they go. */
export function KeptModels() {
  const { models, totalBytes, error } = useKept();
  if (models === null) return <p className="note">Looking what is kept…</p>;
  return (
    <>
      {error && <ErrorCard error={error} />}
      {models.length === 0 ? (
        <p className="note">Nothing yet. Models that you load from a hub are kept here and open without a network.</p>
      ) : (
        <>
          <ul className="model-list" aria-label="Kept on this machine">
            {models.map((model) => (
              <KeptRow key={model.id} model={model} />
            ))}
          </ul>
          <p className="note">{bytes(totalBytes)} in all.</p>
        </>
      )}
    </>
  );
}
