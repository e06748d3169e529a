import { useEffect, useMemo, useState } from 'react';
import { askFor, CallError, flameGraph, series, services, type ServiceType, type Points } from './api';
import { Empty } from './Empty';
import { FlameGraph } from './flamegraph/FlameGraph';
import { layOut, type Layout } from './flamegraph/layout';
import { formatter } from './format';
import { defaults, useView } from './state';
import { describe, isLive, isTime, presets, resolve, stepFor } from './time';
import { Timeline } from './Timeline';
import { Tenant } from './Tenant';
import { TopTable } from './TopTable';
import { Unknown } from './Unknown';

interface Shown {
  of: ServiceType;
  from: number;
  until: number;
  layout: Layout;
  points: Points;
  lacks: string;
}

const emptyPollMs = 2_000, livePollMs = 10_000;

/** The kind of profile people look for first. */
const preferred = (types: string[]) => types.find((t) => t.startsWith('process_cpu:cpu')) ?? types.find((t) => t.startsWith('wall:')) ?? types[0] ?? '';

export function App() {
  const [view, change] = useView();
  const [known, setKnown] = useState<ServiceType[] | null>(null);
  const [shown, setShown] = useState<Shown | null>(null);
  const [error, setError] = useState<Failure | null>(null);
  const [round, setRound] = useState(0);

  // A range of which one end is nonsense has no other end either.
  const range = isTime(view.from) && isTime(view.until) ? view : defaults;
  const nameless = error?.code === 'unauthenticated' && !view.tenant;
  const names = useMemo(() => [...new Set((known ?? []).map((k) => k.service))], [known]);
  const service = view.service || names[0] || '';
  const types = useMemo(() => (known ?? []).filter((k) => k.service === service).map((k) => k.type), [known, service]);
  const type = view.type && (types.includes(view.type) || view.service) ? view.type : preferred(types);

  const unknown = known !== null && known.length > 0 && !names.includes(service);

  useEffect(() => {
    const abort = new AbortController();
    askFor(view.tenant);
    services(0, 0, abort.signal).then((found) => { setKnown(found); setError(null); }, report(abort, setError));
    return () => abort.abort();
  }, [view.tenant, round]);

  useEffect(() => {
    if (!service || !type || unknown) return;
    const abort = new AbortController(), now = Date.now();
    const from = resolve(range.from, now), until = resolve(range.until, now);
    const of = { service, type };
    Promise.all([flameGraph(of, from, until, abort.signal), series(of, from, until, stepFor(until - from), abort.signal)]).then(
      ([graph, points]) => { setShown({ of, from, until, layout: layOut(graph.value), points: points.value, lacks: graph.lacks || points.lacks }); setError(null); },
      report(abort, setError),
    );
    return () => abort.abort();
  }, [view.tenant, service, type, unknown, range.from, range.until, round]);

  useEffect(() => {
    const empty = known !== null && known.length === 0;
    if (nameless || (!empty && !isLive(range.until))) return;
    const timer = setInterval(() => document.hidden || setRound((r) => r + 1), empty ? emptyPollMs : livePollMs);
    return () => clearInterval(timer);
  }, [known, range.until, nameless]);

  const format = useMemo(() => formatter(type.split(':')[2] ?? ''), [type]);
  const knownRange = presets.some(([, from]) => from === range.from) && isLive(range.until);

  const become = (tenant: string) => {
    setKnown(null);
    setShown(null);
    change({ tenant, service: '', type: '', focus: '' });
  };

  return (
    <>
      <header>
        <h1><a href="./">Pyro</a></h1>
        {(view.tenant || nameless) && <Tenant key={view.tenant} name={view.tenant} onName={become} />}
        <label>Service
          <select value={service} onChange={(e) => change({ service: e.target.value, type: '', focus: '' })}>
            {!names.includes(service) && <option>{service}</option>}
            {names.map((name) => <option key={name}>{name}</option>)}
          </select>
        </label>
        <label>Profile
          <select value={type} onChange={(e) => change({ service, type: e.target.value, focus: '' })}>
            {!types.includes(type) && <option>{type}</option>}
            {types.map((t) => <option key={t} value={t}>{label(t)}</option>)}
          </select>
        </label>
        <label>Time
          <select value={knownRange ? range.from : ''} onChange={(e) => e.target.value && change({ from: e.target.value, until: 'now' })}>
            {!knownRange && <option value="">selected</option>}
            {presets.map(([text, from]) => <option key={from} value={from}>last {text}</option>)}
          </select>
        </label>
        <label className="search">Search
          <input type="search" value={view.search} placeholder="function name" onChange={(e) => change({ search: e.target.value }, 'replace')} />
        </label>
        <button onClick={() => setRound(round + 1)}>Refresh</button>
      </header>
      <main>
        {nameless && <p className="hint" role="status">This server keeps the profiles of several tenants apart. Give the name of a tenant above to see its profiles.</p>}
        {error && !nameless && <p className="error" role="alert">{error.text}</p>}
        {range !== view && (
          <p className="hint range-fault" role="status">
            The link's range <code>from={view.from}</code> <code>until={view.until}</code> is none: each end is <code>now</code>, <code>now-15m</code> or a time in milliseconds since 1970. The last hour is shown.
          </p>
        )}
        {unknown && !error && <Unknown service={service} names={names} onPick={(name) => change({ service: name, type: '', focus: '' })} />}
        {known?.length === 0 && !error && <Empty tenant={view.tenant} />}
        {shown && !unknown && shown.of.service === service && shown.of.type === type && (
          <>
            {shown.lacks && <p className="hint partial" role="status">This is not all that was recorded: what could not be read is left out ({shown.lacks}).</p>}
            <p className="range">{describe(shown.from, shown.until)} · total <b>{format(shown.layout.total)}</b></p>
            <Timeline
              points={shown.points} from={shown.from / 1000} until={shown.until / 1000} format={format}
              onSelect={(from, until) => change({ from: String(from), until: String(until) })}
            />
            {shown.layout.total === 0 ? (
              <p className="nothing">
                No {label(type)} profiles of <b>{service}</b> in this range. <button onClick={() => change({ from: 'now-24h', until: 'now' })}>Look at the last 24 hours</button>
              </p>
            ) : (
              <>
                <FlameGraph layout={shown.layout} format={format} searchText={view.search} focus={view.focus} onFocus={(focus) => change({ focus })} />
                <TopTable layout={shown.layout} format={format} searchText={view.search} onPick={(name) => change({ search: name }, 'replace')} />
              </>
            )}
          </>
        )}
      </main>
    </>
  );
}

/** A profile type as people say it: `cpu (process_cpu)`. */
function label(type: string): string {
  const [name, sample] = type.split(':');
  return name === sample || !sample ? name : `${sample} (${name})`;
}

interface Failure {
  code: string;
  text: string;
}

const report = (abort: AbortController, show: (failure: Failure) => void) => (e: unknown) => {
  if (abort.signal.aborted) return;
  show(e instanceof CallError ? { code: e.code, text: e.message } : { code: '', text: 'The server does not answer. It is tried again.' });
};
