import { useState } from 'react';

/** Whose profiles are shown; a name counts when it is sent off, not with each key. */
export function Tenant({ name, onName }: { name: string; onName: (name: string) => void }) {
  const [text, setText] = useState(name);
  const done = () => text.trim() !== name && onName(text.trim());
  return (
    <form onSubmit={(e) => { e.preventDefault(); done(); }}>
      <label>Tenant
        <input className="tenant" value={text} autoFocus={!name} autoComplete="off" spellCheck={false} onChange={(e) => setText(e.target.value)} onBlur={done} />
      </label>
    </form>
  );
}
