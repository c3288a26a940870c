/** Which chart of a run is in sight, and on which axis; both outlive a refresh. */
import { create } from 'zustand';
import { readSetting, writeSetting } from '../storage/settings';
import { measures, type Measure } from './chartMeasures';

interface ChartView {
  measure: Measure;
  log: boolean;
}

export const useChartView = create<ChartView>()(() => {
  const stored = readSetting('chart', null);
  return {
    measure: measures.find((measure) => measure === stored) ?? 'loss',
    log: readSetting('chartLog', false) === true,
  };
});

export function showMeasure(measure: Measure): void {
  writeSetting('chart', measure);
  useChartView.setState({ measure });
}

export function setLogAxis(log: boolean): void {
  writeSetting('chartLog', log);
  useChartView.setState({ log });
}
