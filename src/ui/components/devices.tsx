import { paths } from '../paths.js';
import { useView } from './context.js';
import { Note } from './notes.js';

/** A sign-in on a new device, as its person is asked about it elsewhere. */
export interface AskedDeviceModel {
  id: string;
  device: string;
  at: string;
  mayVouch: boolean;
}

/** “Was this you?” Above every page of the other sessions until it is answered. */
export function AskedDevices({ devices }: { devices: readonly AskedDeviceModel[] }) {
  const { p, f, say } = useView();
  const t = p.pages.devices;
  return (
    <div class="told">
      {devices.map((one) => (
        <Note key={one.id} kind="warn" role="alert">
          <p>{say(t.asked, { device: one.device, time: f.dateTime(one.at) })}</p>
          <div class="row">
            {one.mayVouch ? (
              <form method="post" action={paths.deviceAct(one.id, 'know')}>
                <button class="button">{t.yes}</button>
              </form>
            ) : null}
            <form method="post" action={paths.deviceAct(one.id, 'deny')}>
              <button class="button danger">{t.no}</button>
            </form>
          </div>
          {one.mayVouch ? null : <p class="small">{t.noVouch}</p>}
        </Note>
      ))}
    </div>
  );
}
