/** What to do while there is nothing to see. */
export function Empty({ tenant }: { tenant: string }) {
  const base = location.origin;
  return (
    <section className="empty">
      <h2>No profiles yet</h2>
      {tenant && <p>The tenant <b>{tenant}</b> has sent none so far: clients name it in the header <code>X-Scope-OrgID</code>.</p>}
      <p>Pyro is running and waits for the first one. This page shows it as soon as it arrives. Pick a way to send it:</p>
      <dl>
        <dt>A pprof file</dt>
        <dd><pre>pyro push cpu.pprof --name my-app --url {base}</pre></dd>
        <dt>With curl, pprof or folded stacks</dt>
        <dd>
          <pre>{`curl --data-binary @cpu.pprof '${base}/ingest?name=my-app&format=pprof'\nprintf 'main;work 30\\nmain;idle 70\\n' | curl --data-binary @- '${base}/ingest?name=my-app'`}</pre>
        </dd>
        <dt>A Node program</dt>
        <dd><pre>{`import Pyroscope from '@pyroscope/nodejs';\nPyroscope.init({ serverAddress: '${base}', appName: 'my-app' });\nPyroscope.start();`}</pre></dd>
        <dt>Grafana Alloy, or any other Pyroscope client</dt>
        <dd>Give it <code>{base}</code> as the server.</dd>
      </dl>
    </section>
  );
}
