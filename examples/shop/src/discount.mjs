// The slow one, on purpose: the best coupons are found by trying all sets of them, for every way to split the
// basket into two orders. It is the tower in the flame graph.

const coupons = [
  { code: 'TEN', takes: (total) => total * 0.1, clashes: ['WELCOME'] },
  { code: 'WELCOME', takes: () => 500, clashes: ['TEN'] },
  { code: 'BULK', takes: (total, lines) => (lines.length > 4 ? total * 0.07 : 0), clashes: [] },
  { code: 'HEAVY', takes: (_, lines) => heaviest(lines) / 20, clashes: [] },
  { code: 'PAIR', takes: (_, lines) => cheapestOfPairs(lines), clashes: ['BULK'] },
  { code: 'LOYAL', takes: (total) => Math.min(total * 0.03, 900), clashes: [] },
  { code: 'EVENING', takes: (total) => total * 0.02, clashes: ['MORNING'] },
  { code: 'MORNING', takes: (total) => total * 0.025, clashes: ['EVENING'] },
  { code: 'BIRTHDAY', takes: () => 250, clashes: [] },
  { code: 'CLUB', takes: (total) => total * 0.015, clashes: [] },
  { code: 'PICKUP', takes: (total) => Math.min(total, 490), clashes: ['HEAVY'] },
];

const heaviest = (lines) => lines.reduce((most, line) => Math.max(most, line.product.grams * line.count), 0);

function cheapestOfPairs(lines) {
  const cheapest = lines.reduce((least, line) => (line.count > 1 ? Math.min(least, line.product.cents) : least), Infinity);
  return cheapest === Infinity ? 0 : cheapest;
}

const mayJoin = (coupon, taken) => !taken.some((other) => coupon.clashes.includes(other.code));

/** Leaves coupon number `next` out, then takes it; each time tries all that follow and keeps the best in `best`. */
function tryCoupons(next, taken, total, lines, best) {
  if (next === coupons.length) {
    if (total < best.total) Object.assign(best, { total, codes: taken.map((coupon) => coupon.code) });
    return;
  }
  tryCoupons(next + 1, taken, total, lines, best);
  const coupon = coupons[next];
  if (!mayJoin(coupon, taken)) return;
  taken.push(coupon);
  tryCoupons(next + 1, taken, Math.max(0, total - coupon.takes(total, lines)), lines, best);
  taken.pop();
}

/** The best coupons for lines that are sent as one order. */
function discountOrder(lines) {
  if (lines.length === 0) return { total: 0, codes: [] };
  const best = { total: Infinity, codes: [] };
  tryCoupons(0, [], lines.reduce((sum, line) => sum + line.net + line.tax, 0), lines, best);
  return best;
}

/** Tries each of the first lines in this order and in that one, since a coupon counts once an order. */
function trySplits(next, here, there, lines) {
  if (next === lines.length || next === 6) {
    const first = discountOrder([...here, ...lines.slice(next)]);
    const second = discountOrder(there);
    return { total: first.total + second.total, codes: [...first.codes, ...second.codes] };
  }
  const stays = trySplits(next + 1, [...here, lines[next]], there, lines);
  const goes = trySplits(next + 1, here, [...there, lines[next]], lines);
  return goes.total < stays.total ? goes : stays;
}

/** The split and the coupons that make the basket cheapest, and what they save. */
export function bestDiscount(priced) {
  const { total, codes } = trySplits(0, [], [], priced.lines);
  return { codes: [...new Set(codes)], saved: Math.round(priced.net + priced.tax - total) };
}
