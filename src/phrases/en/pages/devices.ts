import type { Phrases } from '../../types.js';
import type { devices as zh } from '../../zh/pages/devices.js';

export const devices: Phrases<typeof zh> = {
  title: 'Devices you signed in on',
  lead: 'Told by a random mark in the browser; nothing of the device is measured. After clearing cookies, or in another browser, it is a new device.',
  columns: { device: 'Device', first: 'First signed in', last: 'Last signed in', state: 'State', act: 'Act' },
  states: { current: 'this device', known: 'known', asked: 'was this you?' },
  remove: {
    open: 'Remove',
    title: 'Remove “{device}”',
    lead: 'Whoever is signed in there is signed out at once; the next sign-in there counts as a new device, and you are told.',
    submit: 'Remove it',
    notHere: 'Only from a known device, or with your second factor.',
  },
  asked: 'Somebody signed in to your account on a new device ({device}) at {time}. Was this you?',
  yes: 'It was me',
  no: 'Not me: sign that device out now',
  noVouch: 'Say yes on a device where you have signed in before.',
};
