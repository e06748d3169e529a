import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Points } from './api';

interface Props {
  points: Points;
  /** Seconds since the epoch. */
  from: number;
  until: number;
  format: (value: number) => string;
  /** Milliseconds since the epoch. */
  onSelect: (from: number, until: number) => void;
}

/** The points that have no neighbour: no line goes through them. */
function alone(self: uPlot, series: number): number[] {
  const values = self.data[series];
  const missing = (at: number) => values[at] == null;
  return [...values.keys()].filter((at) => !missing(at) && missing(at - 1) && missing(at + 1));
}

/** The values over time; dragging selects a range. */
export function Timeline({ points, from, until, format, onSelect }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ onSelect, format, from, until });
  latest.current = { onSelect, format, from, until };

  useEffect(() => {
    const style = getComputedStyle(document.body);
    const axis = { stroke: style.color, grid: { stroke: 'rgba(128,128,128,.15)', width: 1 }, ticks: { show: false } };
    const created = new uPlot(
      {
        width: box.current!.clientWidth, height: 120, legend: { show: false },
        cursor: { drag: { x: true, y: false, setScale: false }, y: false },
        scales: { x: { time: true, range: () => [latest.current.from, latest.current.until] }, y: { range: (_, __, max) => [0, (max || 1) * 1.1] } },
        axes: [axis, { ...axis, size: 72, values: (_, ticks) => ticks.map((tick) => latest.current.format(tick)) }],
        series: [{}, { stroke: '#e8590c', fill: 'rgba(232,89,12,.18)', width: 1.5, points: { show: true, size: 5, filter: alone } }],
        hooks: {
          setSelect: [
            (self) => {
              if (self.select.width < 4) return;
              const start = self.posToVal(self.select.left, 'x'), end = self.posToVal(self.select.left + self.select.width, 'x');
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              latest.current.onSelect(Math.round(start * 1000), Math.round(end * 1000));
            },
          ],
        },
      },
      [[], []],
      box.current!,
    );
    plot.current = created;
    const observer = new ResizeObserver(() => created.setSize({ width: box.current!.clientWidth, height: 120 }));
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
      created.destroy();
    };
  }, []);

  useEffect(() => plot.current?.setData(points), [points, from, until]);

  return <div className="timeline" ref={box} role="img" aria-label="Value over time; drag to select a range" />;
}
