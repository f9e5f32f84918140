import type { ComponentChildren } from 'preact';
import type { Flash } from '../chrome.js';
import type { ErrorCode } from '../../errors/index.js';
import { textOf, type View } from '../view.js';
import { useView } from './context.js';
import { Icon, type IconName } from './icons.js';

export type NoteKind = 'good' | 'warn' | 'bad' | 'info';
const ICONS: Record<NoteKind, IconName> = { good: 'check', warn: 'alert', bad: 'alert', info: 'info' };

export function Note({ kind = 'info', children, role, id }: { kind?: NoteKind; children: ComponentChildren; role?: 'alert' | 'status'; id?: string }) {
  return (
    <div class={`note ${kind}`} role={role} id={id}>
      <Icon name={ICONS[kind]} />
      <div>{children}</div>
    </div>
  );
}

/** What the last act did; with an undo where there is one. */
export function Flashed({ flash }: { flash: Flash }) {
  const { p, say } = useView();
  return (
    <div class="flash">
      <Note kind={flash.kind} role={flash.kind === 'bad' ? 'alert' : 'status'}>
        <div class="row row-between">
          <span>{flashText({ p, say }, flash)}</span>
          {flash.undo ? (
            <form method="post" action={flash.undo}>
              <button class="button quiet">{p.ui.undo}</button>
            </form>
          ) : null}
        </div>
      </Note>
    </div>
  );
}

/** A flash names what was done, or the error that an act was refused with. */
function flashText({ p, say }: Pick<View, 'p' | 'say'>, flash: Flash): string {
  if (!Object.hasOwn(p.errors, flash.code)) return say(textOf(p.ui.flash, flash.code), flash.params);
  const { title, todo } = p.errors[flash.code as ErrorCode];
  return say(`${title}${p.common.colon}${todo}`, flash.params);
}

/** An empty page says what would be here and how it comes. */
export function Empty({ title, children, action }: { title: string; children?: ComponentChildren; action?: { text: string; href: string } | undefined }) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {children ? <p>{children}</p> : null}
      {action ? (
        <a class="button" href={action.href}>
          {action.text}
        </a>
      ) : null}
    </div>
  );
}
