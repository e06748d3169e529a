// A checkout from the request's body to the receipt.
import { products } from './catalogue.mjs';
import { bestDiscount } from './discount.mjs';
import { isCurrency, priceBasket } from './pricing.mjs';
import { renderReceipt } from './receipt.mjs';

let number = 0;

/** The last orders, as they would go to a warehouse. Bounded: it is what the heap profile shows. */
const journal = [];
const journalLength = 400;

const isCount = (count) => Number.isInteger(count) && count > 0 && count <= 20;

function parseBasket(body) {
  const { currency, lines } = JSON.parse(body) ?? {};
  if (!isCurrency(currency)) throw new TypeError('the basket names no currency of ours');
  if (!Array.isArray(lines) || lines.length === 0 || lines.length > 20) throw new TypeError('a basket has 1 to 20 lines');
  return { currency, lines: lines.map((line) => parseLine(line ?? {})) };
}

function parseLine({ id, count }) {
  if (!Number.isInteger(id) || products[id] === undefined || !isCount(count)) throw new TypeError('a line of a basket names a product by its id and a count of 1 to 20');
  return { product: products[id], count };
}

function writeJournal(order) {
  journal.push(JSON.stringify(order));
  if (journal.length > journalLength) journal.shift();
}

/** Totals of the last orders, read back from the journal, as a report would. */
function summariseJournal() {
  const sums = {};
  for (const line of journal.slice(-120)) {
    const order = JSON.parse(line);
    sums[order.currency] = (sums[order.currency] ?? 0) + order.priced.total;
  }
  return sums;
}

/** Takes a basket as JSON; returns the receipt and the sums of late. Throws on a body that is no basket. */
export function checkout(body) {
  const basket = parseBasket(body);
  const priced = priceBasket(basket);
  const discount = bestDiscount(priced);
  const order = { number: ++number, currency: basket.currency, priced, discount };
  writeJournal(order);
  return { receipt: renderReceipt(order), today: summariseJournal() };
}

export const ordersTaken = () => number;
