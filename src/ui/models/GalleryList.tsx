import type { MemoryForecast } from '../../protocol/memory';
import { useForecasts } from '../../state/forecastStore';
import { bytes, parameters, percent } from '../../state/format';
import { gallery, hubSource, type GalleryModel } from '../../state/gallery';
import { useKept, type KeptModel } from '../../state/keptModels';
import { builtinSource, useModel } from '../../state/modelStore';
import { hubEndpoint, modelIsHeld, openHubModel } from '../../state/openHub';
import { isKeptAs } from '../../state/rememberedModel';
import { useRun } from '../../state/runStore';
import { openModel } from '../../state/openModel';
import { Button } from '../common/Button';
import { Icon } from '../common/Icon';

const verdicts = {
  fits: { words: 'fits', tone: '', icon: 'check' },
  tight: { words: 'tight', tone: 'warning', icon: 'warning' },
  'too-large': { words: 'won’t fit', tone: 'error', icon: 'error' },
} as const;

/** What a run would take here, and whether that is there. */
function Memory({ forecast }: { forecast: MemoryForecast | null | undefined }) {
  if (forecast === undefined) return <span className="muted">memory: being worked out…</span>;
  if (forecast === null) return <span className="muted">memory: not known under this recipe</span>;
  const { words, tone, icon } = verdicts[forecast.verdict];
  return (
    <span title={forecast.weightReason}>
      {bytes(forecast.total)} of memory, weights as {forecast.weightDtype}:{' '}
      <span className={`mark ${tone}`}>
        <Icon name={icon} />
        {words}
      </span>
    </span>
  );
}

interface RowProps {
  name: string;
  says: string;
  facts: readonly string[];
  forecast?: MemoryForecast | null | undefined;
  /** Part of it that is here, of its bytes. */
  kept?: KeptModel | undefined;
  isCurrent: boolean;
  onLoad: () => void;
}

function Row({ name, says, facts, kept, isCurrent, onLoad, ...rest }: RowProps) {
  const weights = useModel((state) => state.weights.kind);
  useRun((state) => state.status);
  const verb = kept && !kept.complete ? 'Resume' : 'Load';
  const here = isCurrent && (weights === 'ready' || weights === 'loading');
  return (
    <li className="model-row" aria-current={isCurrent ? 'true' : undefined}>
      <div className="about">
        <h4>{name}</h4>
        <p className="note">{says}</p>
        <p className="facts-line">
          {facts.map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
          {'forecast' in rest && <Memory forecast={rest.forecast} />}
        </p>
      </div>
      <div className="do">
        {here ? (
          <span className="mark">
            {weights === 'ready' && <Icon name="check" />}
            {weights === 'ready' ? 'in use' : 'loading'}
          </span>
        ) : (
          <Button aria-label={`${verb} ${name}`} unavailable={modelIsHeld()} onClick={onLoad}>
            {verb}
          </Button>
        )}
        {kept && !here && (
          <span className="note">
            {kept.complete ? 'kept here' : `${percent(kept.bytes, kept.totalBytes)} kept here`}
          </span>
        )}
      </div>
    </li>
  );
}

function HubRow({ model, onToken }: { model: GalleryModel; onToken: (repository: string) => void }) {
  const forecast = useForecasts((state) => state.forecasts[model.repository]);
  const source = useModel((state) => state.source);
  const wanted = hubSource(model.repository, hubEndpoint());
  const kept = useKept((state) => state.models?.find((one) => isKeptAs(one, wanted) && !state.leaving.has(one.id)));
  const needsToken = model.gated && kept?.complete !== true;
  return (
    <Row
      name={model.name}
      says={needsToken ? `${model.says} Its publisher asks for an account: an access token is needed.` : model.says}
      facts={[
        `${parameters(model.parameters)} parameters`,
        `${bytes(model.downloadBytes)} to fetch`,
        model.licence,
        model.languages,
      ]}
      forecast={forecast}
      kept={kept}
      isCurrent={source?.kind === 'hub' && source.repository === model.repository}
      onLoad={() => (needsToken ? onToken(model.repository) : void openHubModel({ repository: model.repository }))}
    />
  );
}

/** The built-in model and those known to work, each with what it costs here; one click loads it. */
export function GalleryList({ onToken }: { onToken: (repository: string) => void }) {
  const source = useModel((state) => state.source);
  return (
    <ul className="model-list" aria-label="Gallery">
      <Row
        name="Built-in"
        says="Made for this page: shows what fine-tuning does in a minute; no assistant."
        facts={['4.1 M parameters', '8.4 MB, comes with the page', 'Apache 2.0', 'English']}
        isCurrent={source?.kind === 'url'}
        onLoad={() => void openModel(builtinSource())}
      />
      {gallery.map((model) => (
        <HubRow key={model.repository} model={model} onToken={onToken} />
      ))}
    </ul>
  );
}
