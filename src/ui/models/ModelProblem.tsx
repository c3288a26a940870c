import { modelName } from '../../state/modelNames';
import { builtinSource, useModel } from '../../state/modelStore';
import { openModel } from '../../state/openModel';
import { restart } from '../../state/startup';
import { openModels, useView } from '../../state/viewStore';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';

/** That there is no model, or not the one of the last visit, and the ways on; nothing when all is well. */
export function ModelProblem() {
  const { source, weights, lost } = useModel();
  const showsModels = useView((state) => state.showsModels);
  const others = (
    <>
      {!showsModels && <Button onClick={openModels}>Choose a model</Button>}
      {source !== null && source.kind !== 'url' && (
        <Button onClick={() => void openModel(builtinSource())}>Use the built-in model</Button>
      )}
    </>
  );
  if (weights.kind === 'failed')
    return (
      <ErrorCard error={weights.error}>
        <Button onClick={() => void (source ? openModel(source) : restart('compute'))}>Load again</Button>
        {others}
      </ErrorCard>
    );
  if (weights.kind === 'cancelled')
    return (
      <div className="message" role="note">
        <p>
          Loading {modelName(source)} was cancelled.{' '}
          {source?.kind === 'hub' ? 'What was fetched is kept, and loading goes on from there.' : ''}
        </p>
        <div className="row">
          {source && <Button onClick={() => void openModel(source)}>Go on loading</Button>}
          {others}
        </div>
      </div>
    );
  if (lost)
    return (
      <div className="message" role="note">
        <p>
          {lost.name} was in use at the last visit.{' '}
          {lost.isLocal
            ? 'The browser forgets files of yours when the page closes: open it again, or go on with the built-in model.'
            : 'Its files are no longer kept: fetch it again, or go on with the built-in model.'}
        </p>
        <div className="row">
          {!showsModels && <Button onClick={openModels}>Choose a model</Button>}
          <Button look="quiet" onClick={() => useModel.setState({ lost: null })}>
            Dismiss
          </Button>
        </div>
      </div>
    );
  return null;
}
