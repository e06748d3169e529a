export const presets: [label: string, from: string][] = [
  ['5 min', 'now-5m'], ['15 min', 'now-15m'], ['30 min', 'now-30m'], ['1 h', 'now-1h'], ['3 h', 'now-3h'], ['6 h', 'now-6h'], ['12 h', 'now-12h'], ['24 h', 'now-24h'],
];

const unit: Record<string, number> = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3 };

/** Milliseconds since the epoch of `now`, `now-15m` or a number; the text is a time (`isTime`). */
export function resolve(text: string, now: number): number {
  const relative = /^now(?:-(\d+)([smhd]))?$/.exec(text);
  if (relative) return now - (relative[1] ? Number(relative[1]) * unit[relative[2]] : 0);
  return Number(text);
}

/** Whether `resolve` understands a text. */
export const isTime = (text: string) => /^(now(-\d{1,9}[smhd])?|\d{1,15})$/.test(text);

export const isLive = (until: string) => until === 'now';

/** A step of whole seconds that gives a chart at most about 200 points, and none shorter than the 15 s at which clients push. */
export function stepFor(rangeMs: number): number {
  const wanted = rangeMs / 1000 / 200;
  return [15, 30, 60, 120, 300, 600, 900, 1800, 3600].find((step) => step >= wanted) ?? 7200;
}

export function describe(from: number, until: number): string {
  const day = new Date(from).toDateString() === new Date(until).toDateString();
  const time = (ms: number) => new Date(ms).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const full = (ms: number) => `${new Date(ms).toLocaleDateString()} ${time(ms)}`;
  return day ? `${full(from)} to ${time(until)}` : `${full(from)} to ${full(until)}`;
}
