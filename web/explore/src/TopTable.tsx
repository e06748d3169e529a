import { useMemo } from 'react';
import { percent } from './format';
import { functions, type Layout } from './flamegraph/layout';

interface Props {
  layout: Layout;
  format: (value: number) => string;
  searchText: string;
  onPick: (name: string) => void;
}

const shown = 50;

/** The functions with the largest own value: what the flame graph shows, for reading. */
export function TopTable({ layout, format, searchText, onPick }: Props) {
  const all = useMemo(() => functions(layout), [layout]);
  const wanted = searchText.trim().toLowerCase();
  const rows = wanted ? all.filter((row) => row.name.toLowerCase().includes(wanted)) : all;
  return (
    <table className="top">
      <caption>Functions by own value{rows.length > shown ? `, first ${shown} of ${rows.length}` : ''}</caption>
      <thead>
        <tr><th scope="col">Function</th><th scope="col">Self</th><th scope="col">Total</th></tr>
      </thead>
      <tbody>
        {rows.slice(0, shown).map((row) => (
          <tr key={row.name}>
            <td><button onClick={() => onPick(row.name)}>{row.name}</button></td>
            <td>{format(row.self)} <small>{percent(row.self, layout.total)}</small></td>
            <td>{format(row.total)} <small>{percent(row.total, layout.total)}</small></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
