import { RECORD_STATES, SENSITIVITIES } from '../../records/values.js';
import { RecordStateMark, SensitivityMark } from '../components/marks.js';
import type { PageOf } from '../page.js';

export const helpPage: PageOf<{ signedIn: boolean }> = ({ p }, { signedIn }) => {
  const t = p.pages.help;
  const keys = [
    ['/', t.keys.find],
    ['j k', t.keys.move],
    ['x', t.keys.pick],
    ['Enter', t.keys.open],
    ['R', t.keys.read],
    ['d', t.keys.dossier],
    ['[ ]', t.keys.pages],
    ['s', t.keys.save],
    ['1–9', t.keys.choose],
    ['Esc', t.keys.close],
  ] as const;
  return {
    title: t.title,
    shape: signedIn ? 'narrow' : 'gate',
    body: (
      <div class={signedIn ? 'stack-l prose' : 'gate-card wide stack-l prose'}>
        <h1>{t.title}</h1>
        {[t.about, t.find, t.read, t.takeIn, t.formats].map((part) => (
          <section key={part.title}>
            <h2>{part.title}</h2>
            <p>{part.text}</p>
          </section>
        ))}
        <section class="stack">
          <h2>{t.keys.title}</h2>
          <dl class="facts">
            {keys.map(([key, text]) => [
              <dt>
                <kbd>{key}</kbd>
              </dt>,
              <dd>{text}</dd>,
            ])}
          </dl>
        </section>
        <section class="stack">
          <h2>{t.states.title}</h2>
          <p class="row">
            {RECORD_STATES.map((state) => (
              <RecordStateMark key={state} state={state} />
            ))}
          </p>
          <p class="row">
            {SENSITIVITIES.map((level) => (
              <SensitivityMark key={level} level={level} />
            ))}
          </p>
        </section>
      </div>
    ),
  };
};
