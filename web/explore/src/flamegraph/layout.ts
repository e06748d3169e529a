import type { FlameGraphMessage } from '../api';

/** Bars of a flame graph as columns, level after level, left to right; bar 0 is the root. */
export interface Layout {
  names: string[];
  total: number;
  /** levels + 1 starts into the columns. */
  level: Int32Array;
  x: Float64Array;
  width: Float64Array;
  self: Float64Array;
  name: Int32Array;
  parent: Int32Array;
  /** Hash of the names from the root: finds the same bar again in another answer. */
  path: Uint32Array;
}

/** Decodes levels of `[gap, total, self, name]`: a bar starts at the end of the one before it on the level plus the gap. */
export function layOut(message: FlameGraphMessage): Layout {
  const count = message.levels.reduce((sum, level) => sum + level.values.length / 4, 0);
  const layout: Layout = {
    names: message.names,
    total: Number(message.total ?? 0),
    level: new Int32Array(message.levels.length + 1),
    x: new Float64Array(count), width: new Float64Array(count), self: new Float64Array(count),
    name: new Int32Array(count), parent: new Int32Array(count).fill(-1), path: new Uint32Array(count),
  };
  const hashes = message.names.map(hashName);
  let bar = 0;
  message.levels.forEach(({ values }, depth) => {
    layout.level[depth] = bar;
    let end = 0;
    let above = depth > 0 ? layout.level[depth - 1] : -1;
    for (let i = 0; i < values.length; i += 4, bar++) {
      const x = end + Number(values[i]);
      layout.x[bar] = x;
      layout.width[bar] = Number(values[i + 1]);
      layout.self[bar] = Number(values[i + 2]);
      layout.name[bar] = Number(values[i + 3]);
      end = x + layout.width[bar];
      if (above >= 0) {
        while (above + 1 < layout.level[depth] && layout.x[above] + layout.width[above] <= x) above++;
        layout.parent[bar] = above;
      }
      layout.path[bar] = mix(above >= 0 ? layout.path[above] : 0, hashes[layout.name[bar]]);
    }
  });
  layout.level[message.levels.length] = bar;
  return layout;
}

function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

const mix = (parent: number, name: number) => (Math.imul(parent ^ (name >>> 3), 0x9e3779b1) ^ name) >>> 0;

/** The bar of a path, or the root when this graph has none. */
export function findPath(layout: Layout, path: string): number {
  const wanted = parseInt(path, 36);
  return path ? Math.max(0, layout.path.indexOf(wanted)) : 0;
}

export const pathText = (layout: Layout, bar: number) => (bar > 0 ? layout.path[bar].toString(36) : '');

export function depthOf(layout: Layout, bar: number): number {
  let depth = 0;
  for (let at = layout.parent[bar]; at >= 0; at = layout.parent[at]) depth++;
  return depth;
}

/** Bars from the root down to one. */
export function ancestry(layout: Layout, bar: number): number[] {
  const bars = [bar];
  for (let at = layout.parent[bar]; at >= 0; at = layout.parent[at]) bars.unshift(at);
  return bars;
}

/** The bar of a level at an x, or -1. */
export function barAt(layout: Layout, depth: number, x: number): number {
  if (depth < 0 || depth + 1 >= layout.level.length) return -1;
  let low = layout.level[depth], high = layout.level[depth + 1] - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (x < layout.x[middle]) high = middle - 1;
    else if (x >= layout.x[middle] + layout.width[middle]) low = middle + 1;
    else return middle;
  }
  return -1;
}

/** Which names hold a text, and the share of the total under them, nested matches counted once. */
export function search(layout: Layout, text: string): { names: Uint8Array; value: number } | null {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return null;
  const names = Uint8Array.from(layout.names, (name, i) => (i > 0 && name.toLowerCase().includes(wanted) ? 1 : 0));
  const inside = new Uint8Array(layout.x.length);
  let value = 0;
  for (let bar = 0; bar < inside.length; bar++) {
    const above = layout.parent[bar] >= 0 && inside[layout.parent[bar]] === 1;
    const match = names[layout.name[bar]] === 1;
    if (match && !above) value += layout.width[bar];
    inside[bar] = above || match ? 1 : 0;
  }
  return { names, value };
}

export interface FunctionRow {
  name: string;
  self: number;
  total: number;
}

/** Functions by own value; a function's total counts nested calls of itself once. */
export function functions(layout: Layout): FunctionRow[] {
  const self = new Float64Array(layout.names.length), total = new Float64Array(layout.names.length);
  for (let bar = 1; bar < layout.x.length; bar++) {
    const name = layout.name[bar];
    self[name] += layout.self[bar];
    let nested = false;
    for (let at = layout.parent[bar]; at > 0 && !nested; at = layout.parent[at]) nested = layout.name[at] === name;
    if (!nested) total[name] += layout.width[bar];
  }
  return layout.names
    .map((name, i) => ({ name, self: self[i], total: total[i] }))
    .filter((row, i) => i > 0 || row.self > 0)
    .sort((a, b) => b.self - a.self || b.total - a.total);
}
