import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent } from 'react';
import { percent } from '../format';
import { draw, hit, rowHeight, type Scene } from './draw';
import { ancestry, depthOf, findPath, pathText, search, type Layout } from './layout';

interface Props {
  layout: Layout;
  format: (value: number) => string;
  searchText: string;
  focus: string;
  onFocus: (path: string) => void;
}

const dark = matchMedia('(prefers-color-scheme: dark)');

/** The flame graph on a canvas: one click zooms in, a click on a bar above the focus zooms out, arrows and Enter do the same. */
export function FlameGraph({ layout, format, searchText, focus, onFocus }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [scrollTop, setScrollTop] = useState(0);
  const [pointer, setPointer] = useState<{ bar: number; x: number; y: number } | null>(null);
  const [selected, setSelected] = useState(-1);

  const focused = findPath(layout, focus);
  const found = useMemo(() => search(layout, searchText), [layout, searchText]);
  const scene: Scene = {
    layout, focus: focused, focusDepth: depthOf(layout, focused), hovered: pointer?.bar ?? -1, selected,
    matches: found?.names ?? null, dark: dark.matches,
  };
  const depths = layout.level.length - 1;

  useEffect(() => setSelected(-1), [layout]);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setSize({ width: entry.contentRect.width, height: entry.contentRect.height }));
    observer.observe(scroller.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const element = canvas.current!, ratio = devicePixelRatio || 1;
    element.width = Math.round(size.width * ratio);
    element.height = Math.round(size.height * ratio);
    const context = element.getContext('2d')!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw(context, scene, size.width, size.height, scrollTop);
  });

  const zoom = (bar: number) => onFocus(bar === focused ? '' : pathText(layout, bar));
  const at = (event: MouseEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    return { bar: hit(scene, event.clientX - box.left, event.clientY - box.top, size.width, scrollTop), x: event.clientX, y: event.clientY };
  };
  const onKey = (event: KeyboardEvent) => {
    const next = step(layout, selected < 0 ? focused : selected, event.key);
    if (event.key === 'Escape') onFocus('');
    else if (event.key === 'Enter' && selected >= 0) zoom(selected);
    else if (next < 0) return;
    else {
      setSelected(next);
      const top = depthOf(layout, next) * rowHeight, element = scroller.current!;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top + rowHeight > element.scrollTop + size.height) element.scrollTop = top + rowHeight - size.height;
    }
    event.preventDefault();
  };
  const told = selected >= 0 ? selected : focused;

  return (
    <section className="flamegraph" aria-label="Flame graph">
      <nav className="path" aria-label="Path of the zoom">
        {ancestry(layout, focused).map((bar, i, all) => (
          <button key={bar} onClick={() => onFocus(pathText(layout, bar))} disabled={i === all.length - 1}>
            {layout.names[layout.name[bar]]}
          </button>
        ))}
        {found && <output className="found">{percent(found.value, layout.total)} match</output>}
      </nav>
      <div className="scroller" ref={scroller} onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)} style={{ height: Math.min(depths * rowHeight + 2, innerHeight * 0.7) }}>
        <canvas
          ref={canvas} tabIndex={0} role="img" style={{ width: size.width, height: size.height }}
          aria-label={`${layout.names[layout.name[told]]}: ${format(layout.width[told])}, ${percent(layout.width[told], layout.total)}. Arrow keys move, Enter zooms, Escape shows all.`}
          onClick={(event) => { const { bar } = at(event); if (bar >= 0) zoom(bar); }}
          onMouseMove={(event) => { const now = at(event); setPointer(now.bar >= 0 ? now : null); }}
          onMouseLeave={() => setPointer(null)}
          onKeyDown={onKey}
        />
        <div style={{ height: Math.max(0, depths * rowHeight - size.height) }} />
      </div>
      {pointer && <Tooltip layout={layout} format={format} {...pointer} />}
    </section>
  );
}

/** Beside the pointer, on the side of the window that has more room: outside of the scroller, which would cut it off. */
function Tooltip({ layout, format, bar, x, y }: { layout: Layout; format: (value: number) => string; bar: number; x: number; y: number }) {
  const total = layout.width[bar], self = layout.self[bar];
  return (
    <div className="tooltip" style={{
      ...(y > innerHeight / 2 ? { bottom: innerHeight - y + 8 } : { top: y + 18 }),
      ...(x > innerWidth / 2 ? { right: document.documentElement.clientWidth - x + 8 } : { left: x + 8 }),
    }}>
      <b>{layout.names[layout.name[bar]]}</b>
      <div>total {format(total)}, {percent(total, layout.total)}</div>
      <div>self {format(self)}, {percent(self, layout.total)}</div>
    </div>
  );
}

/** Where an arrow key leads from a bar; -1: nowhere. */
function step(layout: Layout, bar: number, key: string): number {
  const depth = depthOf(layout, bar);
  if (key === 'ArrowUp') return layout.parent[bar];
  if (key === 'ArrowLeft') return bar > layout.level[depth] ? bar - 1 : -1;
  if (key === 'ArrowRight') return bar + 1 < layout.level[depth + 1] ? bar + 1 : -1;
  if (key !== 'ArrowDown' || depth + 2 >= layout.level.length) return -1;
  for (let child = layout.level[depth + 1]; child < layout.level[depth + 2]; child++) if (layout.parent[child] === bar) return child;
  return -1;
}
