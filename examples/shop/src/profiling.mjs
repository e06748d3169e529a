// The part that a program needs to be profiled by Pyro; all else here is the shop.
import Pyroscope from '@pyroscope/nodejs';
import { log } from './log.mjs';

const flushMs = 5000;

/** Where profiles go: told, or found by service discovery, or the usual port. */
export const server = (process.env.PYROSCOPE_SERVER_ADDRESS || process.env.services__gateway__http__0 || 'http://localhost:4040').replace(/\/+$/, '');

export function startProfiling() {
  Pyroscope.init({
    serverAddress: server,
    appName: 'shop',
    flushIntervalMs: flushMs,
    wall: { samplingDurationMs: flushMs, samplingIntervalMicros: 5000 },
    heap: { samplingIntervalBytes: 128 * 1024 },
  });
  Pyroscope.start();
  watchServer();
}

/** Runs `work` so that its samples carry the label `route`. */
export function profiled(route, work) {
  let result;
  Pyroscope.wrapWithLabels({ route }, () => {
    result = work();
  });
  return result;
}

/** Sends what was gathered since the last flush. */
export const stopProfiling = () => Pyroscope.stop();

/** The SDK drops what it cannot send and says nothing; here one line tells when the server goes and when it is back. */
function watchServer() {
  let reachable;
  const look = async () => {
    const now = await fetch(`${server}/ready`, { signal: AbortSignal.timeout(2000) }).then((answer) => answer.arrayBuffer().then(() => answer.ok), () => false);
    if (now !== reachable) {
      if (now) log.info('profiles are on their way', { server });
      else log.warn('no server takes profiles yet; trying on', { server });
    }
    reachable = now;
  };
  void look();
  setInterval(() => void look(), flushMs).unref();
}
