// One hue per package, so that code of one place looks alike; the shade tells functions of a package apart.

/** The part of a name that tells where code comes from: namespace and type, Go package, or path. */
export function packageOf(name: string): string {
  const call = name.replace(/\(.*$/, '').replace(/\[.*?\]/g, '');
  const cut = Math.max(call.lastIndexOf('.'), call.lastIndexOf('::'), call.lastIndexOf('/'), call.lastIndexOf(':'));
  return cut > 0 ? call.slice(0, cut) : call;
}

function hash(text: string): number {
  let h = 2166136261;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  return h >>> 0;
}

export function colorOf(name: string, dark: boolean): string {
  if (name === 'total' || name === 'other') return dark ? '#4a4f57' : '#c9ced6';
  const hue = hash(packageOf(name)) % 360;
  const shade = (hash(name) % 9) - 4;
  return dark ? `hsl(${hue} 42% ${38 + shade}%)` : `hsl(${hue} 62% ${74 + shade}%)`;
}
