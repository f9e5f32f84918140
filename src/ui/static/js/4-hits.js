/* Results: `j`/`k` move, `Enter` opens, `o` or `r` reads for the last purpose, `d` the dossier, `[`/`]` turn pages, `s` saves. */
const hits = [...document.querySelectorAll('[data-hit]')];
let at = -1;

const go = (to) => {
  hits[at]?.classList.remove('at');
  at = Math.max(0, Math.min(hits.length - 1, to));
  hits[at].classList.add('at');
  hits[at].scrollIntoView({ block: 'nearest' });
  hits[at].querySelector('[data-open]').focus({ preventScroll: true });
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const { key, target } = event;
  if (target.closest('input, textarea, select')) return;
  const press = (selector, where = document) => {
    const found = where?.querySelector(selector);
    if (found) event.preventDefault();
    return found;
  };
  if (hits.length > 0 && key === 'j') go(at + 1);
  else if (hits.length > 0 && key === 'k') go(at - 1);
  else if (key === 'Enter' && at >= 0 && !target.closest('a, button, summary')) press('[data-open]', hits[at])?.click();
  else if ((key === 'o' || key === 'r') && hits.length > 0) press('[data-read]', hits[Math.max(at, 0)])?.requestSubmit();
  else if (key === 'd') (press('[data-dossier]', hits[at]) ?? press('[data-hotkey="d"]'))?.click();
  else if (key === '[' || key === ']') press(`[data-hotkey="${key}"]`)?.click();
  else if (key === 's') {
    const save = press('[data-save]');
    if (!save) return;
    save.open = true;
    save.querySelector('input[name=name]').select();
  }
});
