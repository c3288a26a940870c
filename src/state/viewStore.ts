/** What the page shows and how: theme, open pane, announcements. Nothing here changes a result. */
import { create } from 'zustand';
import { toErrorRecord, type ErrorRecord } from '../lib/errors';
import { readSetting, writeSetting } from '../storage/settings';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];
export const panes = ['data', 'train', 'chat'] as const;
export type Pane = (typeof panes)[number];

const oneOf = <T extends string>(options: readonly T[], value: unknown, fallback: T): T =>
  options.find((option) => option === value) ?? fallback;

interface ViewState {
  theme: Theme;
  pane: Pane;
  advanced: boolean;
  tokenView: 'text' | 'tokens';
  showSpace: boolean;
  /** Ids below tokens, in the view by token. */
  showIds: boolean;
  /** Said once to screen readers. */
  announcement: string;
  /** Grows with every announcement: the same sentence may be said again. */
  announced: number;
  /** A failure that belongs to no pane. */
  notice: ErrorRecord | null;
  /** The models are in sight: gallery, hub, this computer, those that are kept. */
  showsModels: boolean;
  /** The kept runs are in sight. */
  showsRuns: boolean;
}

export const useView = create<ViewState>()(() => ({
  theme: 'system',
  pane: 'data',
  advanced: false,
  tokenView: 'text',
  showSpace: false,
  showIds: false,
  announcement: '',
  announced: 0,
  notice: null,
  showsModels: false,
  showsRuns: false,
}));

function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

/** Reads the stored choices and the pane in the address; follows the address from then on. */
export function restoreView(): void {
  const theme = oneOf(themes, readSetting('theme', null), 'system');
  applyTheme(theme);
  useView.setState({
    theme,
    pane: oneOf(panes, location.hash.slice(1), 'data'),
    advanced: readSetting('advanced', false) === true,
    tokenView: oneOf(['text', 'tokens'], readSetting('tokenView', null), 'text'),
    showSpace: readSetting('showSpace', false) === true,
    showIds: readSetting('showIds', false) === true,
  });
  window.addEventListener('hashchange', () => {
    useView.setState((state) => ({ pane: oneOf(panes, location.hash.slice(1), state.pane) }));
  });
}

export function setTheme(theme: Theme): void {
  writeSetting('theme', theme);
  applyTheme(theme);
  useView.setState({ theme });
}

export function openPane(pane: Pane): void {
  history.replaceState(null, '', `#${pane}`);
  useView.setState({ pane });
}

export function setAdvanced(advanced: boolean): void {
  writeSetting('advanced', advanced);
  useView.setState({ advanced });
}

export function setTokenView(tokenView: ViewState['tokenView']): void {
  writeSetting('tokenView', tokenView);
  useView.setState({ tokenView });
}

export function setShowSpace(showSpace: boolean): void {
  writeSetting('showSpace', showSpace);
  useView.setState({ showSpace });
}

export function setShowIds(showIds: boolean): void {
  writeSetting('showIds', showIds);
  useView.setState({ showIds });
}

/** Says a sentence in the page's live region. */
export function announce(announcement: string): void {
  useView.setState(({ announced }) => ({ announcement, announced: announced + 1 }));
}

/** Shows a failure that no pane owns; null takes it away. */
export function setNotice(error: unknown): void {
  useView.setState({ notice: error === null ? null : toErrorRecord(error) });
}

export const openModels = (): void => useView.setState({ showsModels: true });
export const closeModels = (): void => useView.setState({ showsModels: false });
export const openRuns = (): void => useView.setState({ showsRuns: true });
export const closeRuns = (): void => useView.setState({ showsRuns: false });
