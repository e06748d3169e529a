// The calls of querier.v1.QuerierService that the page makes, by the Connect protocol in JSON (64-bit numbers come as text).

let tenant = '';

/** Whose profiles the calls ask for; empty: the server says whether it needs to know. */
export function askFor(name: string) {
  tenant = name;
}

export class CallError extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

/** An answer, and what it lacks in words for people; empty: nothing. */
export interface Answer<T> {
  value: T;
  lacks: string;
}

async function call<T>(method: string, request: object, signal: AbortSignal): Promise<Answer<T>> {
  const response = await fetch(`./querier.v1.QuerierService/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(tenant && { 'x-scope-orgid': tenant }) },
    body: JSON.stringify(request),
    signal,
  });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new CallError(body.code ?? String(response.status), plain(body.message ?? response.statusText));
  return { value: body as T, lacks: response.headers.get('x-pyro-partial') ?? '' };
}

/** What a message says to people: some carry the error of the server behind in JSON. */
function plain(message: unknown): string {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  const start = text.indexOf('{');
  if (start < 0) return text;
  try {
    const inner = JSON.parse(text.slice(start));
    return typeof inner.message === 'string' ? text.slice(0, start) + plain(inner.message) : text;
  } catch {
    return text;
  }
}

export interface ServiceType {
  service: string;
  type: string;
}

export async function services(start: number, end: number, signal: AbortSignal): Promise<ServiceType[]> {
  const { value: answer } = await call<{ labelsSet?: { labels?: { name: string; value: string }[] }[] }>(
    'Series', { matchers: [], labelNames: ['service_name', '__profile_type__'], start, end }, signal,
  );
  const found: ServiceType[] = [];
  for (const set of answer.labelsSet ?? []) {
    const value = (name: string) => set.labels?.find((label) => label.name === name)?.value ?? '';
    if (value('service_name') && value('__profile_type__')) found.push({ service: value('service_name'), type: value('__profile_type__') });
  }
  return found.sort((a, b) => a.service.localeCompare(b.service) || a.type.localeCompare(b.type));
}

export interface FlameGraphMessage {
  names: string[];
  levels: { values: string[] }[];
  total?: string;
  maxSelf?: string;
}

const selector = (service: string) => `{service_name=${JSON.stringify(service)}}`;

export async function flameGraph(of: ServiceType, start: number, end: number, signal: AbortSignal): Promise<Answer<FlameGraphMessage>> {
  const { value: answer, lacks } = await call<{ flamegraph?: FlameGraphMessage }>(
    'SelectMergeStacktraces', { profileTypeID: of.type, labelSelector: selector(of.service), start, end, maxNodes: 16384 }, signal,
  );
  return { value: answer.flamegraph ?? { names: ['total'], levels: [] }, lacks };
}

/** Times in seconds since the epoch, ascending, and values; null: no profiles in that step. */
export type Points = [number[], (number | null)[]];

/**
 * The value of every step (seconds) of a range (ms); the last step ends with the range, so that the newest profiles are shown.
 * The answer leaves out steps without profiles.
 */
export async function series(of: ServiceType, start: number, end: number, step: number, signal: AbortSignal): Promise<Answer<Points>> {
  const stepMs = step * 1000, first = end - Math.floor((end - start) / stepMs) * stepMs;
  const { value: answer, lacks } = await call<{ series?: { points?: { timestamp: string; value?: number }[] }[] }>(
    'SelectSeries', { profileTypeID: of.type, labelSelector: selector(of.service), start: first, end, step }, signal,
  );
  const values = new Map((answer.series?.[0]?.points ?? []).map((p) => [Number(p.timestamp), p.value ?? 0]));
  const times: number[] = [];
  for (let at = first; at <= end; at += stepMs) times.push(at);
  return { value: [times.map((at) => at / 1000), times.map((at) => values.get(at) ?? null)], lacks };
}
