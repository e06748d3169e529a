import { colorOf } from './colors';
import { barAt, type Layout } from './layout';

export const rowHeight = 22;

export interface Scene {
  layout: Layout;
  focus: number;
  focusDepth: number;
  hovered: number;
  selected: number;
  matches: Uint8Array | null;
  dark: boolean;
}

const colors = new Map<string, string>();
function color(name: string, dark: boolean): string {
  const key = (dark ? 'd' : 'l') + name;
  let value = colors.get(key);
  if (!value) colors.set(key, (value = colorOf(name, dark)));
  return value;
}

/** Draws the rows between two depths; bars under half a pixel are drawn as one quiet run. */
export function draw(canvas: CanvasRenderingContext2D, scene: Scene, width: number, height: number, scrollTop: number): void {
  const { layout, focus } = scene;
  canvas.clearRect(0, 0, width, height);
  canvas.font = '12px system-ui, sans-serif';
  canvas.textBaseline = 'middle';
  const from = layout.x[focus], scale = width / (layout.width[focus] || 1);
  const first = Math.max(0, Math.floor(scrollTop / rowHeight));
  const last = Math.min(layout.level.length - 2, Math.ceil((scrollTop + height) / rowHeight));
  for (let depth = first; depth <= last; depth++) drawRow(canvas, scene, depth, depth * rowHeight - scrollTop, width, from, scale);
}

function drawRow(canvas: CanvasRenderingContext2D, scene: Scene, depth: number, y: number, width: number, from: number, scale: number): void {
  const { layout } = scene;
  const end = layout.level[depth + 1], to = from + width / scale;
  let quietFrom = -1, quietTo = -1;
  const flushQuiet = () => {
    if (quietFrom < 0) return;
    canvas.fillStyle = scene.dark ? '#3a3f46' : '#dfe3e8';
    canvas.fillRect(quietFrom, y, Math.max(0.5, quietTo - quietFrom), rowHeight - 1);
    quietFrom = -1;
  };
  for (let bar = firstVisible(layout, depth, from); bar < end && layout.x[bar] < to; bar++) {
    const left = Math.max(0, (layout.x[bar] - from) * scale);
    const right = Math.min(width, (layout.x[bar] + layout.width[bar] - from) * scale);
    if (right - left < 0.5) {
      if (quietFrom < 0 || left > quietTo + 1) {
        flushQuiet();
        quietFrom = left;
      }
      quietTo = right;
      continue;
    }
    flushQuiet();
    drawBar(canvas, scene, bar, depth, left, right, y);
  }
  flushQuiet();
}

function drawBar(canvas: CanvasRenderingContext2D, scene: Scene, bar: number, depth: number, left: number, right: number, y: number): void {
  const name = scene.layout.names[scene.layout.name[bar]];
  const faint = depth < scene.focusDepth || (scene.matches !== null && scene.matches[scene.layout.name[bar]] === 0);
  canvas.globalAlpha = faint ? 0.35 : 1;
  canvas.fillStyle = color(name, scene.dark);
  const inner = right - left > 3 ? 1 : 0;
  canvas.fillRect(left, y, right - left - inner, rowHeight - 1);
  if (bar === scene.hovered || bar === scene.selected) {
    canvas.globalAlpha = 1;
    canvas.lineWidth = 2;
    canvas.strokeStyle = bar === scene.selected ? '#e8590c' : scene.dark ? '#fff' : '#000';
    canvas.strokeRect(left + 1, y + 1, Math.max(1, right - left - inner - 2), rowHeight - 3);
  }
  if (right - left > 20) {
    canvas.fillStyle = scene.dark ? '#f1f3f5' : '#16191d';
    canvas.fillText(fit(canvas, name, right - left - 8), left + 4, y + rowHeight / 2);
  }
  canvas.globalAlpha = 1;
}

/** The text, cut with an ellipsis so that it fits; what tells most is at its end for paths and at its start for calls. */
function fit(canvas: CanvasRenderingContext2D, text: string, width: number): string {
  const perLetter = 6.3;
  if (text.length * perLetter <= width) return text;
  if (canvas.measureText(text).width <= width) return text;
  const letters = Math.floor(width / perLetter) - 1;
  return letters < 2 ? '' : `${text.slice(0, letters)}…`;
}

function firstVisible(layout: Layout, depth: number, from: number): number {
  let low = layout.level[depth], high = layout.level[depth + 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (layout.x[middle] + layout.width[middle] <= from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The bar under a point of the canvas, or -1. */
export function hit(scene: Scene, x: number, y: number, width: number, scrollTop: number): number {
  const { layout, focus } = scene;
  return barAt(layout, Math.floor((y + scrollTop) / rowHeight), layout.x[focus] + (x / width) * layout.width[focus]);
}
