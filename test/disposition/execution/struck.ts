import type { ExecutionDeps } from '../../../src/disposition/index.js';
import type { Boundaries } from '../../support/faults.js';

/** The dependencies of a destruction, with a boundary before and after every call that reaches outside the process. */
export function struckDeps(deps: ExecutionDeps, faults: Boundaries): ExecutionDeps {
  return {
    ...deps,
    db: faults.around('db', deps.db, ['tx']),
    store: faults.around('store', deps.store, ['put', 'get', 'remove', 'lockUntil']),
    keystore: faults.around('keystore', deps.keystore, ['ensureKek', 'keep', 'kept', 'destroyKek', 'keks', 'check']),
    index: faults.around('index', deps.index, ['waiting', 'purge', 'stale']),
    vault: faults.around('vault', deps.vault, ['facts', 'stage']),
  };
}
