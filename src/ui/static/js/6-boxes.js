/*
 * Boxes on a page that are blacked out: drawn with the mouse, or typed as numbers. They stand in the text field as lines
 * `file page left,top,width,height …` in percent; the picture shows what its line says, so that both are always the same.
 */
for (const part of document.querySelectorAll('[data-boxes]')) {
  const text = part.closest('form').querySelector('[name=pages]');
  const canvas = part.querySelector('[data-box-canvas]');
  const key = part.dataset.boxes;
  const fields = part.querySelector('[data-box-fields]');
  fields.hidden = false;

  const lines = () => text.value.split('\n').filter((line) => line.trim() !== '');
  const own = (line) => line.trim().split(/\s+/).slice(0, 2).join(' ') === key;
  const boxes = () => {
    const line = lines().find(own);
    return line ? line.trim().split(/\s+/).slice(2) : [];
  };
  const round = (value) => Math.round(Math.min(100, Math.max(0, value)) * 10) / 10;

  const draw = () => {
    canvas.replaceChildren();
    for (const [index, box] of boxes().entries()) {
      const [x, y, width, height] = box.split(',').map(Number);
      if (![x, y, width, height].every(Number.isFinite)) continue;
      const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
      for (const [name, value] of Object.entries({ x, y, width, height })) rect.setAttribute(name, String(value));
      rect.setAttribute('tabindex', '0');
      rect.setAttribute('role', 'button');
      rect.setAttribute('aria-label', part.dataset.text.replace('{number}', String(index + 1)));
      rect.addEventListener('keydown', (event) => {
        if (event.key !== 'Delete' && event.key !== 'Backspace') return;
        event.preventDefault();
        put(boxes().filter((_, at) => at !== index));
        canvas.querySelector('rect')?.focus();
      });
      canvas.append(rect);
    }
  };

  const put = (all) => {
    const rest = lines();
    const line = [key, ...all].join(' ');
    const at = rest.findIndex(own);
    if (at < 0) rest.push(line);
    else rest[at] = line;
    text.value = rest.join('\n');
    draw();
  };
  const add = (x, y, width, height) => {
    const [left, top] = [round(x), round(y)];
    const box = [left, top, round(Math.min(width, 100 - left)), round(Math.min(height, 100 - top))];
    if (box[2] > 0 && box[3] > 0) put([...boxes(), box.join(',')]);
  };

  // a box reaches from where the button went down to where it goes up
  let from = null;
  let shadow = null;
  const place = (event) => {
    const area = canvas.getBoundingClientRect();
    return [((event.clientX - area.left) / area.width) * 100, ((event.clientY - area.top) / area.height) * 100].map((value) =>
      Math.min(100, Math.max(0, value)),
    );
  };
  const between = ([x1, y1], [x2, y2]) => [Math.min(x1, x2), Math.min(y1, y2), Math.abs(x2 - x1), Math.abs(y2 - y1)];
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    from = place(event);
    canvas.setPointerCapture(event.pointerId);
    shadow = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    shadow.classList.add('shadow');
    canvas.append(shadow);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (from === null) return;
    for (const [i, value] of between(from, place(event)).entries()) shadow.setAttribute(['x', 'y', 'width', 'height'][i], String(value));
  });
  canvas.addEventListener('pointerup', (event) => {
    if (from === null) return;
    const box = between(from, place(event));
    from = null;
    shadow.remove();
    // a click is no box
    if (box[2] >= 0.5 && box[3] >= 0.5) add(...box);
  });
  canvas.addEventListener('pointercancel', () => {
    from = null;
    shadow?.remove();
  });

  const sides = ['left', 'top', 'width', 'height'].map((side) => fields.querySelector(`[data-box-side=${side}]`));
  fields.querySelector('[data-box-add]').addEventListener('click', () => {
    const values = sides.map((input) => Number(input.value));
    if (sides.some((input) => input.value === '') || values[2] <= 0 || values[3] <= 0) {
      sides.find((input) => input.value === '' || Number(input.value) <= 0)?.focus();
      return;
    }
    add(...values);
    for (const input of sides) input.value = '';
    sides[0].focus();
  });
  for (const input of sides)
    input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      // a number is added; the copy is made by its own button
      event.preventDefault();
      fields.querySelector('[data-box-add]').click();
    });
  fields.querySelector('[data-box-page]').addEventListener('click', () => put(boxes()));
  text.addEventListener('input', draw);
  draw();
}
