/** Turns a value into text by the unit of its profile type: `nanoseconds`, `bytes`, or a count. */
export function formatter(unit: string): (value: number) => string {
  if (unit === 'nanoseconds') return duration;
  if (unit === 'bytes') return (value) => scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']);
  return (value) => scaled(value, 1000, ['', 'k', 'M', 'G', 'T']);
}

function duration(ns: number): string {
  if (ns === 0) return '0 s';
  const steps: [number, string][] = [[3600e9, 'h'], [60e9, 'min'], [1e9, 's'], [1e6, 'ms'], [1e3, 'µs'], [1, 'ns']];
  const [size, name] = steps.find(([s]) => Math.abs(ns) >= s) ?? steps.at(-1)!;
  return `${short(ns / size)} ${name}`;
}

function scaled(value: number, base: number, names: string[]): string {
  let i = 0;
  while (Math.abs(value) >= base && i < names.length - 1) {
    value /= base;
    i++;
  }
  return `${short(value)} ${names[i]}`.trim();
}

const short = (value: number) => (Math.abs(value) >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(3));

export const percent = (part: number, whole: number) => (whole > 0 ? `${((100 * part) / whole).toFixed(part / whole < 0.1 ? 2 : 1)} %` : '0 %');
