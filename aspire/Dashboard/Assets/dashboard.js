// What Blazor cannot do from the server: the theme, following the end of a log, saving a file.
'use strict';
window.dashboard = {
  theme() {
    return document.documentElement.dataset.theme ?? 'system';
  },
  setTheme(theme) {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    document.cookie = `theme=${theme}; path=/; max-age=${theme === 'system' ? 0 : 31536000}; samesite=lax`;
  },
  // Stays at the end until a person scrolls up, and again once they are back at the end.
  follow(box, jump) {
    if (!box) return;
    if (box.atEnd === undefined) {
      box.atEnd = true;
      box.addEventListener('wheel', (e) => { if (e.deltaY < 0) box.atEnd = false; }, { passive: true });
      box.addEventListener('keydown', (e) => { if (['ArrowUp', 'PageUp', 'Home'].includes(e.key)) box.atEnd = false; });
      box.addEventListener('scroll', () => { if (box.scrollTop + box.clientHeight >= box.scrollHeight - 4) box.atEnd = true; }, { passive: true });
      box.addEventListener('pointerdown', () => { box.atEnd = false; });
    }
    if (jump) box.atEnd = true;
    if (box.atEnd) box.scrollTop = box.scrollHeight;
  },
  async save(name, stream) {
    const url = URL.createObjectURL(new Blob([await stream.arrayBuffer()], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    URL.revokeObjectURL(url);
  },
  ask(dialog) {
    dialog.showModal();
  },
};
