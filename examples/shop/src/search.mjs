// Full-text search as shops write it before they have an index: every product is scored for every query.
import { products } from './catalogue.mjs';

const tokenise = (text) => text.toLowerCase().split(/\W+/).filter(Boolean);

/** How many letters the two words share at their start. */
function commonPrefix(a, b) {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

function scoreProduct(product, terms) {
  let score = 0;
  for (const word of tokenise(product.name)) {
    for (const term of terms) {
      if (word === term) score += 10;
      else if (commonPrefix(word, term) >= 3) score += 3;
    }
  }
  return score;
}

const rankResults = (found) => found.sort((a, b) => b.score - a.score || a.product.cents - b.product.cents);

/** The ten products that fit best. */
export function searchProducts(query) {
  const terms = tokenise(query);
  const found = [];
  for (const product of products) {
    const score = scoreProduct(product, terms);
    if (score > 0) found.push({ product, score });
  }
  return rankResults(found).slice(0, 10).map((result) => result.product);
}
