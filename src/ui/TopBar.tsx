import { useEffect, useRef, type ReactNode } from 'react';
import { bytes, count, parameters, percent } from '../state/format';
import { backendChoice, deviceLine, setBackendChoice, useDevice } from '../state/deviceStore';
import { modelName } from '../state/modelNames';
import { useModel } from '../state/modelStore';
import type { ModelFacts } from '../protocol/model';
import { useRunForecast } from '../state/runForecast';
import { isActive, useRun, type RunStatus } from '../state/runStore';
import { restart } from '../state/startup';
import { openModels, setTheme, themes, useView, type Theme } from '../state/viewStore';
import { Button } from './common/Button';
import { Icon } from './common/Icon';
import { Segments } from './common/Segments';
import { MemoryLimitField } from './MemoryLimitField';
import { loadingText } from './models/LoadingModel';
import { RunsButton } from './runs/RunsButton';

/** A fact of the top bar whose details open below it; Escape, or a press elsewhere, closes it. */
function Fact({ name, value, children }: { name: string; value: ReactNode; children: ReactNode }) {
  const root = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event): void => {
      const details = root.current;
      if (!details?.open) return;
      const away = event.target instanceof Node && !details.contains(event.target);
      if (!(event instanceof KeyboardEvent ? event.key === 'Escape' : away)) return;
      // What has the focus disappears: the summary takes it.
      if (event instanceof KeyboardEvent && details.contains(document.activeElement))
        details.querySelector('summary')?.focus();
      details.open = false;
    };
    document.addEventListener('pointerdown', close);
    document.addEventListener('keydown', close);
    return () => {
      document.removeEventListener('pointerdown', close);
      document.removeEventListener('keydown', close);
    };
  }, []);
  return (
    <details className="fact grow" ref={root} name="facts">
      <summary>
        <span className="name">{name}</span>
        <span className="value">{value}</span>
      </summary>
      <div className="card">{children}</div>
    </details>
  );
}

function ModelFact() {
  const source = useModel((state) => state.source);
  const weights = useModel((state) => state.weights);
  const isHopeless = useDevice((state) => state.status.kind === 'failed');
  const card = useRef<HTMLDivElement>(null);
  const name = modelName(source);
  const progress = weights.kind === 'loading' ? weights.progress : null;
  const share = progress && progress.totalBytes > 0 ? ` ${percent(progress.loadedBytes, progress.totalBytes)}` : '';
  const value = {
    idle: isHopeless ? 'not loaded' : 'loading',
    loading: `loading${share}`,
    cancelled: 'not loaded',
    failed: 'not loaded',
    ready: weights.kind === 'ready' ? `${name} · ${parameters(weights.facts.parameters)}` : name,
  }[weights.kind];
  return (
    <Fact name="Model" value={value}>
      <div className="fact-body" ref={card}>
        {weights.kind === 'loading' && <p>{loadingText(name, weights)}</p>}
        {weights.kind === 'ready' && <ModelPairs facts={weights.facts} />}
        <Button
          aria-haspopup="dialog"
          onClick={() => {
            const details = card.current?.closest('details');
            if (details) details.open = false;
            openModels();
          }}
        >
          Choose another model
        </Button>
      </div>
    </Fact>
  );
}

function ModelPairs({ facts }: { facts: ModelFacts }) {
  return (
    <dl className="pairs">
      <dt>Architecture</dt>
      <dd>{facts.architecture}</dd>
      <dt>Parameters</dt>
      <dd>{count(facts.parameters)}</dd>
      <dt>Layers, width</dt>
      <dd>
        {count(facts.layers)} × {count(facts.hiddenSize)}
      </dd>
      <dt>Vocabulary</dt>
      <dd>{count(facts.vocabSize)} tokens</dd>
      <dt>Longest text</dt>
      <dd>{count(facts.maxPositions)} tokens</dd>
      <dt>Stored as</dt>
      <dd>{facts.dtype}</dd>
      <dt>Kept as</dt>
      <dd title={facts.weightReason}>
        {facts.weightDtype}, {bytes(facts.weightBytes)}
      </dd>
    </dl>
  );
}

function DeviceFact() {
  const status = useDevice((state) => state.status);
  const active = useRun((state) => isActive(state.status));
  const usableBytes = useRunForecast((state) => state.forecast?.availableBytes);
  if (status.kind !== 'ready') {
    return (
      <div className="fact">
        <span className="plain">
          <span className="name">Device</span>
          <span className="value">{status.kind === 'failed' ? 'cannot compute' : 'looking…'}</span>
        </span>
      </div>
    );
  }
  const { facts } = status;
  return (
    <Fact name="Device" value={deviceLine(facts, usableBytes)}>
      <p>{facts.reason}</p>
      <dl className="pairs">
        <dt>Backend</dt>
        <dd>{facts.backend === 'webgpu' ? 'WebGPU' : 'WASM on the CPU'}</dd>
        <dt>Adapter</dt>
        <dd>{facts.adapter}</dd>
        {facts.backend === 'wasm' && (
          <>
            <dt>Threads</dt>
            <dd>{count(facts.threads)}</dd>
          </>
        )}
        {Object.entries(facts.trial).map(([backend, speed]) => (
          <FactPair
            key={backend}
            name={`Trial, ${backend === 'webgpu' ? 'WebGPU' : 'WASM'}`}
            value={`${speed.toFixed(1)} GFLOP/s`}
          />
        ))}
        {facts.limits && <FactPair name="Largest buffer" value={bytes(facts.limits.maxBufferSize)} />}
      </dl>
      <label className="consent note">
        Backend
        <select
          defaultValue={backendChoice()}
          disabled={active}
          aria-describedby="backend-says"
          onChange={(event) => {
            const { value } = event.target;
            setBackendChoice(value === 'webgpu' || value === 'wasm' ? value : 'auto');
            void restart('compute');
          }}
        >
          <option value="auto">chosen by a trial</option>
          <option value="webgpu">WebGPU</option>
          <option value="wasm">WASM</option>
        </select>
        <span id="backend-says">{active && 'not while a run is under way'}</span>
      </label>
      <MemoryLimitField />
    </Fact>
  );
}

const FactPair = ({ name, value }: { name: string; value: string }) => (
  <>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </>
);

function runText(status: RunStatus, step: number, total: number): string {
  const steps = total > 0 ? `step ${count(step)} of ${count(total)}` : 'starting';
  switch (status.kind) {
    case 'idle':
      return 'none yet';
    case 'preparing':
      return 'starting';
    case 'running':
      return steps;
    case 'paused':
      return `paused at ${steps}`;
    case 'stopping':
      return 'stopping';
    case 'done':
      return status.result.reason === 'stopped' ? `stopped at step ${count(status.result.steps)}` : 'done';
    case 'failed':
      return 'failed';
    case 'interrupted':
      return `interrupted at step ${count(status.step)}`;
  }
}

function RunFact() {
  useRun((state) => state.version);
  const status = useRun((state) => state.status);
  const series = useRun((state) => state.series);
  const tone = isActive(status) ? 'active' : status.kind === 'failed' ? 'error' : '';
  return (
    <div className="fact">
      <span className="plain">
        <span className={`run-dot ${tone}`} aria-hidden="true" />
        <span className="name">Run</span>
        <span className="value">{runText(status, series.step, series.totalSteps)}</span>
      </span>
    </div>
  );
}

function StorageFact() {
  const storage = useDevice((state) => state.storage);
  if (!storage) return null;
  return (
    <div className="fact" title={`Kept by this page on this machine, of ${bytes(storage.quotaBytes)} it may use`}>
      <span className="plain">
        <span className="name">Storage</span>
        <span className="value">{bytes(storage.usedBytes)}</span>
      </span>
    </div>
  );
}

const themeIcons = { system: 'system', light: 'sun', dark: 'moon' } as const;
const themeNames: Record<Theme, string> = { system: 'Theme of the system', light: 'Light theme', dark: 'Dark theme' };

export function TopBar() {
  const theme = useView((state) => state.theme);
  return (
    <header className="top">
      <h1 className="brand">
        <svg
          width="18"
          height="18"
          viewBox="0 0 18 18"
          aria-hidden="true"
          fill="none"
          strokeLinecap="round"
          strokeWidth="2.4"
        >
          <path d="M2 3.5h14M9 3.5V11" stroke="currentColor" />
          <path d="M2.5 15.5h13" stroke="var(--accent)" />
        </svg>
        Tunesmith
      </h1>
      <div className="facts">
        <ModelFact />
        <DeviceFact />
        <RunFact />
        <StorageFact />
      </div>
      <RunsButton />
      <div className="theme">
        <Segments
          label="Theme"
          value={theme}
          options={themes.map((value) => ({
            value,
            label: themeNames[value],
            content: <Icon name={themeIcons[value]} />,
          }))}
          onChange={setTheme}
        />
      </div>
    </header>
  );
}
