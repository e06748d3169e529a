// What the shop sells: the same 5,000 products at every start.

const adjectives = ['amber', 'brisk', 'copper', 'dusty', 'early', 'frosted', 'golden', 'hollow', 'ivory', 'jolly', 'kindled', 'linen'];
const nouns = ['anvil', 'bellows', 'candle', 'drum', 'ember', 'flask', 'grate', 'hearth', 'iron', 'jug', 'kettle', 'lantern'];
const materials = ['birch', 'brass', 'clay', 'felt', 'glass', 'oak', 'slate', 'steel', 'tin', 'wool'];

/** Numbers from 0 (inclusive) to 1 (exclusive), the same for the same seed. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export const pick = (random, list) => list[Math.floor(random() * list.length)];

const random = randomFrom(7);

export const products = Array.from({ length: 5000 }, (_, id) => ({
  id,
  name: `${pick(random, adjectives)} ${pick(random, materials)} ${pick(random, nouns)}`,
  cents: 100 + Math.floor(random() * 20000),
  grams: 50 + Math.floor(random() * 4000),
}));

/** Words that people look for. */
export const words = [...adjectives, ...materials, ...nouns];
