/* The list under the search box: asked while one types, walked with the arrows, taken with Enter, Tab or a touch. */
const box = document.querySelector('[data-complete]');

if (box) {
  const kinds = JSON.parse(box.dataset.kinds);
  const list = document.createElement('ul');
  list.id = 'find-list';
  list.className = 'find-list';
  list.hidden = true;
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', box.dataset.label);
  const told = document.createElement('span');
  told.className = 'hidden';
  told.setAttribute('role', 'status');
  box.form.append(list, told);
  for (const [name, value] of [
    ['role', 'combobox'],
    ['aria-autocomplete', 'list'],
    ['aria-controls', list.id],
    ['aria-expanded', 'false'],
  ])
    box.setAttribute(name, value);

  let options = [];
  let at = -1;
  let timer;
  let asking;
  let refused = false;

  const close = () => {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    at = -1;
    box.setAttribute('aria-expanded', 'false');
    box.removeAttribute('aria-activedescendant');
  };

  const point = (to) => {
    at = to;
    for (const [i, item] of [...list.children].entries()) item.setAttribute('aria-selected', String(i === at));
    if (at < 0) return box.removeAttribute('aria-activedescendant');
    box.setAttribute('aria-activedescendant', `find-option-${at}`);
    list.children[at].scrollIntoView({ block: 'nearest' });
  };

  const part = (className, text) => {
    const element = document.createElement('span');
    element.className = className;
    element.textContent = text;
    return element;
  };

  const show = (found) => {
    options = found;
    list.replaceChildren(
      ...options.map((option, i) => {
        const item = document.createElement('li');
        item.id = `find-option-${i}`;
        item.setAttribute('role', 'option');
        item.setAttribute('aria-selected', 'false');
        item.append(part('name', option.label));
        if (option.count !== null) item.append(part('number', String(option.count)));
        item.append(part('kind', kinds[option.kind] ?? ''));
        return item;
      }),
    );
    if (options.length === 0) return close();
    list.hidden = false;
    box.setAttribute('aria-expanded', 'true');
    point(-1);
    told.textContent = box.dataset.text.replace(/\{count\|([^|]*)\|([^}]*)\}/, options.length === 1 ? '$1' : '$2').replace('{count}', options.length);
  };

  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(box.dataset.complete, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ q: box.value, at: box.selectionStart ?? box.value.length }),
        signal: asking.signal,
      });
      if (answer.status === 401 || answer.status === 403) refused = true;
      if (!answer.ok) return close();
      const { items } = await answer.json();
      if (document.activeElement === box) show(items);
    } catch {
      /* Asked anew meanwhile, or out of reach: finding works without the list. */
    }
  };

  const askSoon = () => {
    clearTimeout(timer);
    if (!refused) timer = setTimeout(ask, 120);
  };

  /* A filter is gone on with, anything else is searched at once. */
  const take = (option, stay) => {
    box.value = option.q;
    close();
    box.setSelectionRange(box.value.length, box.value.length);
    if (!stay && option.kind !== 'key' && option.kind !== 'value') return box.form.requestSubmit();
    box.focus();
    askSoon();
  };

  box.addEventListener('input', (event) => {
    if (!event.isComposing) askSoon();
  });
  box.addEventListener('compositionend', askSoon);
  box.addEventListener('focus', () => {
    if (box.value === '' || list.hidden) askSoon();
  });
  box.addEventListener('blur', close);

  box.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    const { key } = event;
    if (list.hidden) {
      if (key === 'ArrowDown') askSoon();
      return;
    }
    const last = options.length - 1;
    const steps = { ArrowDown: at >= last ? -1 : at + 1, ArrowUp: at < 0 ? last : at - 1 };
    if (key in steps) point(steps[key]);
    else if (key === 'Enter' && at >= 0) take(options[at], false);
    else if (key === 'Tab' && at >= 0 && !event.shiftKey) take(options[at], true);
    else if (key === 'Escape') {
      close();
      event.stopPropagation();
    } else {
      if (key === 'Enter') close();
      return;
    }
    event.preventDefault();
  });

  /* The box keeps the cursor: what is pressed is taken when it is let go, so that the list can be scrolled by touch. */
  list.addEventListener('mousedown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => {
    const item = event.target.closest('li');
    if (item) take(options[[...list.children].indexOf(item)], false);
  });
}
