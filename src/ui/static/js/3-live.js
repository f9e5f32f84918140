/* Small things that are alive: copying, counting down, the progress of long tasks, forms that are not sent twice. */
for (const element of document.querySelectorAll('[data-copy]')) {
  element.addEventListener('dblclick', async () => {
    try {
      await navigator.clipboard.writeText(element.textContent);
      const before = element.title;
      element.title = element.dataset.copy;
      element.classList.add('copied');
      setTimeout(() => {
        element.title = before;
        element.classList.remove('copied');
      }, 1500);
    } catch {
      /* The text is selected by the double click; copying by hand works. */
    }
  });
}

/* A recording that this browser has no ear for is said so, rather than offered with a player that does nothing. */
for (const player of document.querySelectorAll('[data-plays]')) {
  if (player.canPlayType(player.dataset.plays) !== '') continue;
  player.hidden = true;
  player.nextElementSibling.hidden = false;
}

const clock = (seconds) => {
  const two = (n) => String(n).padStart(2, '0');
  const rest = `${Math.floor((seconds % 3600) / 60)}:${two(seconds % 60)}`;
  return seconds >= 3600 ? `${Math.floor(seconds / 3600)}:${rest.padStart(5, '0')}` : rest;
};

for (const element of document.querySelectorAll('[data-countdown]')) {
  const end = Date.now() + Number(element.dataset.countdown) * 1000;
  const timer = setInterval(() => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    element.textContent = element.dataset.text.replace('{time}', clock(left));
    if (left === 0) {
      clearInterval(timer);
      location.reload();
    }
  }, 1000);
}

/* A running task answers JSON {done, total, figures: {key: text}, finished}; when it is finished the page comes anew. */
for (const element of document.querySelectorAll('[data-progress]')) {
  const bar = element.querySelector('progress');
  const poll = async () => {
    try {
      const response = await fetch(element.dataset.progress, { headers: { accept: 'application/json' } });
      if (!response.ok) throw new Error(String(response.status));
      const state = await response.json();
      if (state.total) {
        bar.max = state.total;
        bar.value = state.done;
      }
      for (const [key, text] of Object.entries(state.figures ?? {})) {
        const place = document.querySelector(`[data-figure="${CSS.escape(key)}"]`);
        if (place) place.textContent = text;
      }
      if (state.finished) return location.reload();
    } catch {
      /* Out of reach for a moment: ask again. */
    }
    setTimeout(poll, 1000);
  };
  setTimeout(poll, 1000);
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'post' || 'again' in form.dataset) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = 'yes';
});
addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent;
});

/* A print view prints when all of it is there; the button prints it once more, or for the first time where that was not wanted. */
for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => print());
  addEventListener('load', () => print());
}

/* Fields that only some service types have follow the choice. Without script all of them stand there. */
const type = document.querySelector('select[data-form-type]');
if (type) {
  const show = () => {
    for (const part of document.querySelectorAll('[data-for-types]')) part.hidden = type.value !== '' && !part.dataset.forTypes.split(' ').includes(type.value);
  };
  type.addEventListener('change', show);
  show();
}

const first = document.querySelector('[aria-invalid=true]');
if (first) first.focus({ preventScroll: false });

/* A reading on site: every other window of this browser goes there, too, so that nothing stays open which is not the visitor's; and what was left is not shown again by going back. */
const site = 'BroadcastChannel' in window ? new BroadcastChannel('lantai') : undefined;
const locked = document.querySelector('[data-locked]');
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of this origin alone and takes none
if (site && locked) site.postMessage({ to: locked.dataset.locked });
else if (site) site.addEventListener('message', ({ data }) => location.replace(data.to));
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});
