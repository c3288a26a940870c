import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { count, lossText } from '../../state/format';
import { overlayColumns, overlayLine, type Curve, type OverlayAxis } from '../../state/runs/overlay';
import { movedTo } from '../charts/movedTo';
import { useColors } from '../charts/useColors';
import { overlayHeight, overlayOptions } from './overlayOptions';
import { runMarks } from './runMarks';

interface Props {
  /** In the order of their letters. */
  runs: readonly { id: string; name: string; curve: Curve }[];
  axis: OverlayAxis;
  log: boolean;
}

const noteOf = (axis: OverlayAxis): string =>
  `Smoothed training loss by ${axis}, validation as points. Point at the curves, or use the arrow keys, for exact values.`;

/** Values of every run at one place of the axis. */
function Readout({ data, index, axis }: { data: uPlot.AlignedData; index: number | null; axis: OverlayAxis }) {
  const x = index === null ? undefined : data[0][index];
  if (index === null || x === undefined) return <p className="readout">{noteOf(axis)}</p>;
  const values = runMarks.flatMap(({ letter }, place) => {
    const loss = data[2 * place + 1]?.[index];
    const measured = data[2 * place + 2]?.[index];
    return [
      ...(typeof loss === 'number' ? [`${letter} ${lossText(loss)}`] : []),
      ...(typeof measured === 'number' ? [`${letter} validation ${lossText(measured)}`] : []),
    ];
  });
  return (
    <p className="readout">
      {axis === 'steps' ? `Step ${count(x)}` : `After ${count(x)} tokens`} · {values.join(' · ')}
    </p>
  );
}

/** Curves of several runs over each other, each with its letter, dash and colour. */
export function OverlayChart({ runs, axis, log }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const colors = useColors();
  const [index, setIndex] = useState<number | null>(null);
  const data = useMemo(() => {
    const columns = overlayColumns(runs.map(({ curve }) => overlayLine(curve, axis)));
    const shown = (value: number | null): number | null => (log && value !== null && value <= 0 ? null : value);
    const [xs, ...values] = columns;
    return [xs, ...values.map((column) => column.map(shown))] as uPlot.AlignedData;
  }, [runs, axis, log]);

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const plot = new uPlot(overlayOptions(element.clientWidth || 300, runs.length, log, setIndex), data, element);
    chart.current = plot;
    const watch = new ResizeObserver(() => {
      const width = element.clientWidth;
      if (width > 0 && width !== plot.width) plot.setSize({ width, height: overlayHeight });
    });
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.destroy();
      chart.current = null;
    };
  }, [data, runs.length, log, colors]);

  const byKey = (event: KeyboardEvent): void => {
    const to = movedTo(event.key, index, data[0].length);
    const plot = chart.current;
    if (event.key === 'Escape' && index !== null) {
      // Takes the values away; the next one closes the dialog.
      event.stopPropagation();
      event.preventDefault();
      setIndex(null);
    }
    if (to === null || !plot) return;
    event.preventDefault();
    plot.setCursor({ left: plot.valToPos(data[0][to] ?? 0, 'x'), top: overlayHeight / 2 }, false);
    setIndex(to);
  };
  const names = runs.map(({ name }, place) => `${runMarks[place]?.letter ?? ''} ${name}`).join(', ');
  return (
    <figure className="chart run-overlay">
      <div
        ref={host}
        className="plot"
        role="application"
        aria-label={`Loss curves of ${names}. Arrow keys read the values.`}
        tabIndex={0}
        onKeyDown={byKey}
      />
      <figcaption aria-live={index === null ? 'off' : 'polite'}>
        <Readout data={data} index={index} axis={axis} />
      </figcaption>
    </figure>
  );
}
