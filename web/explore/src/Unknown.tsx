interface Props {
  service: string;
  /** Those that sent profiles. */
  names: string[];
  onPick: (name: string) => void;
}

const offered = 10;

/** A link names a service of which nothing is stored: says so and offers those that there are, the likeliest first. */
export function Unknown({ service, names, onPick }: Props) {
  const nearest = [...names].sort((a, b) => distance(service, a) - distance(service, b)).slice(0, offered);
  return (
    <section className="unknown">
      <h2>No profiles of {service}</h2>
      <p>Nothing is stored of a service of that name. {names.length > offered ? `The nearest of ${names.length} that there are:` : 'What there is:'}</p>
      <ul>{nearest.map((name) => <li key={name}><button onClick={() => onPick(name)}>{name}</button></li>)}</ul>
    </section>
  );
}

/** Letters to insert, remove or replace, whatever their case; a part of the name is near. */
function distance(a: string, b: string): number {
  const from = a.toLowerCase().slice(0, 100), to = b.toLowerCase().slice(0, 100);
  if (from && to.includes(from)) return 0;
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1));
    row = next;
  }
  return row[to.length];
}
