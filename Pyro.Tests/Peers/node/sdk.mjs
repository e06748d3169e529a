// The Node SDK profiles a busy loop and pushes: node sdk.mjs BASE SERVICE. Ends by itself after a few uploads.
import Pyroscope from '@pyroscope/nodejs';

const [base, service] = process.argv.slice(2);
Pyroscope.init({ serverAddress: base, appName: service, flushIntervalMs: 1000, wall: { samplingDurationMs: 1000, samplingIntervalMicros: 1000, collectCpuTime: true } });
Pyroscope.start();

function burnTheCandle(until) {
  let x = 0;
  while (Date.now() < until) x += Math.sqrt(x + 1);
  return x;
}

const end = Date.now() + 5000;
while (Date.now() < end) {
  burnTheCandle(Date.now() + 80);
  await new Promise((resolve) => setTimeout(resolve, 5));
}
await Pyroscope.stop();
console.log('done');
process.exit(0);
