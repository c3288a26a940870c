/** Which run's curves the page shows, so that a refresh draws them again. */
import { readSetting, writeSetting } from '../../storage/settings';

const setting = 'shownRun';

export function shownRun(): string | null {
  const id = readSetting(setting, null);
  return typeof id === 'string' ? id : null;
}

export const rememberShown = (runId: string | null): void => writeSetting(setting, runId);
