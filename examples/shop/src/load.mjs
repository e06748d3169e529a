// The customers: a steady stream of searches and checkouts over HTTP, about a tenth of a core in all.
import http from 'node:http';
import { pick, products, randomFrom, words } from './catalogue.mjs';

const perSecond = 15;
const random = randomFrom(42);
const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });

function makeBasket() {
  const lines = Array.from({ length: 3 + Math.floor(random() * 8) }, () => ({
    id: Math.floor(random() * products.length),
    count: 1 + Math.floor(random() * 3),
  }));
  return JSON.stringify({ currency: pick(random, ['EUR', 'USD', 'JPY', 'GBP']), lines });
}

/** Sends one request and forgets the answer; a failing one is a lost customer and no more. */
function send(port, method, path, body) {
  const request = http.request({ host: '127.0.0.1', port, method, path, agent }, (answer) => answer.resume());
  request.on('error', () => {});
  request.end(body);
}

/** Starts the customers; returns what sends them home. */
export function startLoad(port) {
  let turn = 0;
  const timer = setInterval(() => {
    if (++turn % 3 === 0) send(port, 'GET', `/search?q=${pick(random, words)}+${pick(random, words)}`);
    else send(port, 'POST', '/checkout', makeBasket());
  }, 1000 / perSecond);
  return () => {
    clearInterval(timer);
    agent.destroy();
  };
}
