/* `j` and `k` move over the rows, `x` picks one (with Shift: all up to the last picked), `Enter` opens it. */
// of several tables the one that rows are picked from
const table = document.querySelector('table[data-rows]:has([data-pick])') ?? document.querySelector('table[data-rows]');

if (table) {
  const rows = [...table.tBodies[0].rows];
  let at = -1;
  let lastPicked = -1;

  const go = (to) => {
    if (rows.length === 0) return;
    rows[at]?.classList.remove('at');
    at = Math.max(0, Math.min(rows.length - 1, to));
    const row = rows[at];
    row.classList.add('at');
    row.scrollIntoView({ block: 'nearest' });
    row.querySelector('a, input')?.focus({ preventScroll: true });
  };

  const pick = (index, checked) => {
    const box = rows[index]?.querySelector('[data-pick]');
    if (!box) return;
    box.checked = checked;
    box.dispatchEvent(new Event('change', { bubbles: true }));
  };

  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { target } = event;
    if (target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select')) return;
    if (event.key === 'j') go(at + 1);
    else if (event.key === 'k') go(at - 1);
    else if (event.key.toLowerCase() === 'x' && at >= 0) {
      const box = rows[at].querySelector('[data-pick]');
      if (!box) return;
      const checked = !box.checked;
      const from = event.shiftKey && lastPicked >= 0 ? Math.min(lastPicked, at) : at;
      const to = event.shiftKey && lastPicked >= 0 ? Math.max(lastPicked, at) : at;
      for (let index = from; index <= to; index++) pick(index, checked);
      lastPicked = at;
    } else if (event.key === 'Enter' && at >= 0 && !target.closest('a, button, summary')) rows[at].querySelector('a')?.click();
  });

  const boxes = () => [...table.querySelectorAll('[data-pick]')];
  const tell = () => {
    const picked = boxes().filter((box) => box.checked).length;
    const all = table.querySelector('[data-pick-all]');
    if (all) {
      all.checked = picked > 0 && picked === boxes().length;
      all.indeterminate = picked > 0 && picked < boxes().length;
    }
    for (const count of document.querySelectorAll('[data-picked]')) count.textContent = String(picked);
    for (const button of document.querySelectorAll('[data-needs-pick]')) button.disabled = picked === 0;
  };
  table.addEventListener('change', (event) => {
    if (event.target.hasAttribute('data-pick-all')) for (const box of boxes()) box.checked = event.target.checked;
    tell();
  });
  tell();
}
