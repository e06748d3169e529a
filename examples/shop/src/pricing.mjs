// Prices of a basket: lines with tax, and the cheapest way to send it in parcels.

const rates = { EUR: 1, USD: 1.08, JPY: 161.2, GBP: 0.85 };

export const isCurrency = (name) => Object.hasOwn(rates, name);

const taxOf = (cents) => Math.round(cents * 0.19);

function convert(cents, currency) {
  return Number((cents * rates[currency]).toFixed(2));
}

/** First fit by falling weight, tried for growing parcels until the postage rises again. */
function packParcels(lines) {
  let best = Infinity;
  for (let limit = 2000; limit <= 31500; limit += 50) {
    const parcels = [];
    for (const grams of lines.flatMap((line) => Array(line.count).fill(line.product.grams)).sort((a, b) => b - a)) {
      const fitting = parcels.findIndex((weight) => weight + grams <= limit);
      if (fitting < 0) parcels.push(grams);
      else parcels[fitting] += grams;
    }
    best = Math.min(best, parcels.length * (300 + limit / 25));
  }
  return Math.round(best);
}

/** What each line and all of them cost, before discounts. */
export function priceBasket(basket) {
  const lines = basket.lines.map(({ product, count }) => {
    const net = product.cents * count;
    return { product, count, net, tax: taxOf(net), shown: convert(net, basket.currency) };
  });
  const shipping = packParcels(lines);
  const net = lines.reduce((sum, line) => sum + line.net, 0);
  const tax = lines.reduce((sum, line) => sum + line.tax, 0);
  return { lines, net, tax, shipping, total: net + tax + shipping };
}
