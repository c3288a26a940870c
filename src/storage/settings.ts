/** Small choices that outlive a refresh, in localStorage. Private windows and full disks lose them silently: they are comfort, not data. */
const prefix = 'tunesmith.';

/** The stored value of a setting, or `fallback` where there is none or it cannot be read. The caller checks its shape. */
export function readSetting(name: string, fallback: unknown): unknown {
  try {
    const text = localStorage.getItem(prefix + name);
    return text === null ? fallback : (JSON.parse(text) as unknown);
  } catch {
    return fallback;
  }
}

/** Stores a setting as JSON; `null` removes it. */
export function writeSetting(name: string, value: unknown): void {
  try {
    if (value === null) localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, JSON.stringify(value));
  } catch {
    // Storage refused (private window, quota): the setting lives until the page closes.
  }
}
