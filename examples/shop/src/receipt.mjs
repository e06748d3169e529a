// Receipts of 48 columns, as a printer at a till wants them.

const width = 48;
const barcodeRows = 24;

const money = (cents) => (cents / 100).toFixed(2).padStart(10);

function wrapText(text, columns) {
  const rows = [''];
  for (const word of text.split(' ')) {
    if (rows.at(-1).length + word.length + 1 > columns) rows.push('');
    rows[rows.length - 1] += (rows.at(-1) ? ' ' : '') + word;
  }
  return rows;
}

function renderLine(line) {
  const [first, ...rest] = wrapText(`${line.count} x ${line.product.name}`, width - 12);
  return [first.padEnd(width - 10) + money(line.net), ...rest.map((row) => `  ${row}`)].join('\n');
}

/** A picture of the order's number: bars and gaps by its bits, and a check digit. */
function drawBarcode(number) {
  let bars = '';
  let check = 0;
  for (let bit = 0; bit < width * barcodeRows; bit++) {
    check = (check * 31 + number + bit) % 97;
    bars += check % 2 ? '█' : ' ';
  }
  return Array.from({ length: barcodeRows }, (_, row) => bars.slice(row * width, (row + 1) * width)).join('\n') + `\n${number}-${check}`;
}

export function renderReceipt(order) {
  const rule = '-'.repeat(width);
  return [
    'PYRO SHOP'.padStart(28),
    rule,
    ...order.priced.lines.map(renderLine),
    rule,
    'Tax'.padEnd(width - 10) + money(order.priced.tax),
    'Shipping'.padEnd(width - 10) + money(order.priced.shipping),
    `Saved (${order.discount.codes.join(' ')})`.slice(0, width - 10).padEnd(width - 10) + money(-order.discount.saved),
    'Total'.padEnd(width - 10) + money(order.priced.total - order.discount.saved),
    rule,
    drawBarcode(order.number),
  ].join('\n');
}
