// The shop: serves, shops at itself, and pushes its profiles. PORT is where it listens (any free one without).
import http from 'node:http';
import { checkout, ordersTaken } from './checkout.mjs';
import { startLoad } from './load.mjs';
import { log } from './log.mjs';
import { profiled, server as pyro, startProfiling, stopProfiling } from './profiling.mjs';
import { searchProducts } from './search.mjs';

const bodyLimit = 64 * 1024;

const page = () => `<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1><p>${ordersTaken()} orders taken.
<p>Try <a href="/search?q=copper+kettle">a search</a>, or look at <a href="${pyro}">its flame graph</a>.`;

async function readBody(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > bodyLimit) throw new RangeError(`the basket is larger than ${bodyLimit} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function answer(response, status, type, body) {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(body);
}

async function serve(request, response) {
  const url = new URL(request.url, 'http://shop');
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /':
      return answer(response, 200, 'text/html', page());
    case 'GET /health':
      return answer(response, 200, 'text/plain', 'Healthy');
    case 'GET /search':
      return answer(response, 200, 'application/json', profiled('/search', () => JSON.stringify(searchProducts(url.searchParams.get('q') ?? ''))));
    case 'POST /checkout': {
      const body = await readBody(request);
      return answer(response, 200, 'application/json', profiled('/checkout', () => JSON.stringify(checkout(body))));
    }
    default:
      return answer(response, 404, 'text/plain', 'Not found');
  }
}

const shop = http.createServer((request, response) => {
  serve(request, response).catch((fault) => {
    if (response.headersSent) response.destroy();
    else answer(response, 400, 'text/plain', fault.message);
  });
});

let sendHome = () => {};

shop.on('error', (fault) => {
  log.error('cannot listen', { port: process.env.PORT, fault: fault.message });
  process.exit(1);
});

shop.listen(Number(process.env.PORT || 0), '127.0.0.1', () => {
  const { port } = shop.address();
  log.info('open', { url: `http://localhost:${port}`, pyro });
  startProfiling();
  sendHome = startLoad(port);
});

let before = { orders: 0, cpu: process.cpuUsage() };
setInterval(() => {
  const { user, system } = process.cpuUsage(before.cpu);
  log.info('orders', { taken: ordersTaken() - before.orders, cpu: `${((user + system) / 100000).toFixed(1)}%`, rss: `${Math.round(process.memoryUsage.rss() / 2 ** 20)}MiB` });
  before = { orders: ordersTaken(), cpu: process.cpuUsage() };
}, 10000).unref();

/** Within a second, whether or not the last profile gets through. */
async function close(signal) {
  log.info('closing', { signal, orders: ordersTaken() });
  setTimeout(() => process.exit(0), 800);
  sendHome();
  shop.close();
  await stopProfiling().catch(() => {});
  process.exit(0);
}

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void close(signal));
