import { useEffect } from 'react';
import type { MemoryForecast as Forecast, MemoryPart } from '../../protocol/memory';
import { bytes, percent } from '../../state/format';
import { useRecipe } from '../../state/recipeStore';
import { followForecast, isTaken, undoSettings, useRunForecast } from '../../state/runForecast';
import { useRun } from '../../state/runStore';
import { Button } from '../common/Button';
import { Icon } from '../common/Icon';
import { SettingsThatFit } from './SettingsThatFit';

const verdicts = {
  fits: { words: 'fits', tone: '', icon: 'check' },
  tight: { words: 'tight', tone: 'warning', icon: 'warning' },
  'too-large': { words: 'won’t fit', tone: 'error', icon: 'error' },
} as const;

const partNames: Record<MemoryPart, string> = {
  weights: 'Weights of the model',
  adapter: 'Adapter',
  gradients: 'Gradients',
  optimizer: 'Moments of the optimizer',
  activations: 'Activations',
  logits: 'Block of logits',
  cache: 'Keys and values of an answer',
};
const partOrder = Object.keys(partNames) as MemoryPart[];

/** Parts of the whole, to scale; where there is too little, with a line at what there is. The table says the same. */
function Bar({ forecast }: { forecast: Forecast }) {
  const { parts, total, availableBytes } = forecast;
  const whole = Math.max(total, availableBytes > 4 * total ? total : availableBytes);
  return (
    <div className="memory-bar" aria-hidden="true">
      {partOrder.map((part) => (
        <span
          key={part}
          className={part}
          style={{ width: `${(100 * parts[part]) / whole}%` }}
          title={`${partNames[part]}: ${bytes(parts[part])}`}
        />
      ))}
      {total > availableBytes && <i style={{ left: `${(100 * availableBytes) / whole}%` }} />}
    </div>
  );
}

function Parts({ forecast }: { forecast: Forecast }) {
  const { parts, total, kvCacheBytes } = forecast;
  return (
    <details>
      <summary className="note">By what holds it</summary>
      <table className="figures-table memory-parts">
        <thead>
          <tr>
            <th scope="col">At the moment of the most</th>
            <th scope="col">bytes</th>
            <th scope="col">share</th>
          </tr>
        </thead>
        <tbody>
          {partOrder.map((part) => (
            <tr key={part}>
              <th scope="row">
                <span className={`swatch ${part}`} aria-hidden="true" />
                {partNames[part]}
                {part === 'cache' &&
                  parts.cache === 0 &&
                  kvCacheBytes > 0 &&
                  ` (${bytes(kvCacheBytes)}, at other moments)`}
              </th>
              <td>{bytes(parts[part])}</td>
              <td>{percent(parts[part], total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="note">{forecast.weightReason}</p>
    </details>
  );
}

/** After a run: what was forecast for it, and what was measured. */
function Measured() {
  useRun((state) => state.version);
  const series = useRun((state) => state.series);
  const isOver = useRun((state) => state.status.kind === 'done');
  const { forecastBytes, memory } = series;
  // One that failed may not have come to its peak.
  if (!isOver || forecastBytes === null || memory === null) return null;
  return (
    <p>
      Last run: forecast {bytes(forecastBytes)}, measured {bytes(memory.peakDeviceBytes)} (
      {percent(memory.peakDeviceBytes, forecastBytes)} of it).
    </p>
  );
}

const advice = {
  tight: 'It may just fit; other programs and pages use this memory too.',
  'too-large': 'A run would end with an error when memory runs out.',
} as const;

function Advice({ forecast }: { forecast: Forecast }) {
  const suggestion = useRunForecast((state) => state.suggestion);
  if (forecast.verdict === 'fits') return null;
  return (
    <>
      <p>{advice[forecast.verdict]}</p>
      {suggestion === undefined ? (
        <p className="note">Looking for settings that fit…</p>
      ) : suggestion === null ? (
        <p>No settings make it fit here: choose a smaller model, or allow more memory.</p>
      ) : (
        <SettingsThatFit suggestion={suggestion} />
      )}
    </>
  );
}

/** What a run would take of the device's memory, and what would make it fit. */
export function MemoryForecast() {
  const state = useRunForecast();
  const recipe = useRecipe((store) => store.recipe);
  useEffect(followForecast, []);
  const { forecast, error } = state;
  if (!forecast && !error) return null;
  const { words, tone, icon } = verdicts[forecast?.verdict ?? 'fits'];
  return (
    <section className="section ruled memory" aria-label="Memory">
      <h3>Memory</h3>
      {forecast ? (
        <p>
          A run takes {bytes(forecast.total)} of {bytes(forecast.availableBytes)}:{' '}
          <span className={`mark ${tone}`}>
            <Icon name={icon} />
            {words}
          </span>
        </p>
      ) : (
        <p className="note">Not known under this recipe: {error?.message}</p>
      )}
      {forecast && <Bar forecast={forecast} />}
      {isTaken(state, recipe) && (
        <p>
          Settings were changed so that it fits.{' '}
          <Button look="quiet" onClick={undoSettings}>
            Undo
          </Button>
        </p>
      )}
      {forecast && <Advice forecast={forecast} />}
      <Measured />
      {forecast && <Parts forecast={forecast} />}
    </section>
  );
}
