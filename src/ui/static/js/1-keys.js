/* `/` goes to the search box; `r` reads as last time; digits choose; Escape closes what is open. */
const typing = (target) =>
  target instanceof Element && target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]') !== null;

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === 'Escape') {
    const open = document.querySelector('details[data-menu][open], details[data-confirm][open]');
    if (open) {
      open.open = false;
      open.querySelector('summary').focus();
    } else if (document.activeElement?.hasAttribute('data-find')) document.activeElement.blur();
    return;
  }
  if (typing(event.target)) return;
  if (event.key === '/') {
    const boxes = [...document.querySelectorAll('[data-find]')];
    const box = boxes.at(-1);
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === 'r') {
    document.querySelector('[data-read-again]')?.requestSubmit();
  } else if (/^[1-9]$/.test(event.key)) {
    const choice = [...document.querySelectorAll(`[data-key="${event.key}"]`)].find((input) => input.offsetParent !== null);
    if (!choice) return;
    choice.checked = true;
    choice.focus();
  }
});

document.addEventListener('click', (event) => {
  for (const menu of document.querySelectorAll('details[data-menu][open]')) if (!menu.contains(event.target)) menu.open = false;
});

for (const details of document.querySelectorAll('details[data-confirm]')) {
  details.addEventListener('toggle', () => {
    if (details.open) details.querySelector('input:not([type=hidden]), textarea, button')?.focus();
  });
}
