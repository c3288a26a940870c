/** Characters of scripts that fonts for Latin text lack. */
const samples = ['🙂', '字', 'あ', '한', 'ع', 'ह', 'ไ'];

/**
 * Lets the browser look for the fonts of other scripts while nothing happens, one at a time: the first emoji or ideograph of
 * a page costs 5 to 20 ms of layout, and a file's first rows bring several scripts at once. Does nothing where the browser
 * has no idle time to give.
 */
export function warmFonts(): void {
  if (typeof requestIdleCallback !== 'function') return;
  const left = [...samples];
  const warmNext = (): void => {
    const sample = left.shift();
    if (sample === undefined) return;
    const probe = document.createElement('span');
    probe.className = 'hidden';
    probe.ariaHidden = 'true';
    probe.textContent = sample;
    document.body.append(probe);
    probe.getBoundingClientRect();
    probe.remove();
    requestIdleCallback(warmNext);
  };
  requestIdleCallback(warmNext);
}
