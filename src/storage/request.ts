import { AsyncLocalStorage } from 'node:async_hooks';

const asked = new AsyncLocalStorage<string>();

/** Whatever is read from the store within `work` is read for this request: the journal of the folder says so. */
export function forRequest<T>(id: string, work: () => T): T {
  return asked.run(id, work);
}

/** The id of the request under way; `undefined` in work that nobody asked for over HTTP. */
export function requestUnderWay(): string | undefined {
  return asked.getStore();
}
