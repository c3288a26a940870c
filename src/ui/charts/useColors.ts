import { useEffect, useState } from 'react';
import { useView } from '../../state/viewStore';

/** A text that changes whenever the page's colours do: what reads them once has to read them again. */
export function useColors(): string {
  const theme = useView((state) => state.theme);
  const [dark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const follow = (): void => setDark(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  return `${theme} ${dark}`;
}
