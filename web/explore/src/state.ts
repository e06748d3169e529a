// Everything that a link must bring back lives in the URL and nowhere else.
import { useCallback, useSyncExternalStore } from 'react';

export interface View {
  /** Whose profiles, where a server keeps several tenants apart. */
  tenant: string;
  service: string;
  type: string;
  /** `now`, `now-15m` or milliseconds since the epoch. */
  from: string;
  until: string;
  search: string;
  /** The bar zoomed in on, by the hash of its path; empty: the root. */
  focus: string;
}

export const defaults: View = { tenant: '', service: '', type: '', from: 'now-1h', until: 'now', search: '', focus: '' };
const listeners = new Set<() => void>();

function read(): View {
  const query = new URLSearchParams(location.search);
  const view = { ...defaults };
  for (const key of Object.keys(defaults) as (keyof View)[]) view[key] = query.get(key) ?? defaults[key];
  return view;
}

let current = read();
addEventListener('popstate', () => {
  current = read();
  listeners.forEach((listener) => listener());
});

/** The view of the URL and a way to change it: a step of the browser's history, or none for what changes with each key press. */
export function useView(): [View, (change: Partial<View>, history?: 'push' | 'replace') => void] {
  const view = useSyncExternalStore(
    (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    () => current,
  );
  const change = useCallback((part: Partial<View>, history: 'push' | 'replace' = 'push') => {
    current = { ...current, ...part };
    const query = new URLSearchParams();
    for (const key of Object.keys(defaults) as (keyof View)[]) if (current[key] !== defaults[key]) query.set(key, current[key]);
    const text = query.toString();
    const url = location.pathname + (text ? `?${text}` : '');
    if (history === 'push') window.history.pushState(null, '', url);
    else window.history.replaceState(null, '', url);
    listeners.forEach((listener) => listener());
  }, []);
  return [view, change];
}
