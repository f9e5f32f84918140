import { Socket as DatagramSocket } from 'node:dgram';
import { Socket } from 'node:net';

/** Takes the network from this process: the permission model of this Node does not, and no file has a reason to reach out. */
export function goOffline(): void {
  const refuse = (): never => {
    throw new Error('no network');
  };
  Socket.prototype.connect = refuse;
  for (const method of ['bind', 'send', 'connect'] as const) DatagramSocket.prototype[method] = refuse;
}
