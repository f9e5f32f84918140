import { type Client, RETENTION_MODES, RETENTION_VALIDITY_UNITS } from 'minio';
import { storeUnavailable } from '../failures.js';
import { s3Code } from './errors.js';

const RULE = { mode: RETENTION_MODES.COMPLIANCE, unit: RETENTION_VALIDITY_UNITS.DAYS, validity: 1 };

interface LockConfig {
  objectLockEnabled?: string;
  mode?: string;
  validity?: number;
}

/** Makes the bucket where it is missing, with Object Lock; then checks that it has versions, locks, and a default of at least a day. */
export async function prepareBucket(client: Client, bucket: string, region: string): Promise<void> {
  if (!(await client.bucketExists(bucket))) {
    await client.makeBucket(bucket, region, { ObjectLocking: true }).catch((error: unknown) => {
      if (s3Code(error)?.startsWith('BucketAlready') !== true) throw error; // another process was first
    });
  }
  const versioning = (await client.getBucketVersioning(bucket)) as { Status?: string } | undefined;
  if (versioning?.Status !== 'Enabled') throw storeUnavailable('the bucket keeps no versions: it must be made with Object Lock');
  if (await hasRule(client, bucket)) return;
  // oxlint-disable-next-line typescript/await-thenable -- it returns a promise; its declared type forgets that
  await client.setObjectLockConfig(bucket, RULE);
  if (!(await hasRule(client, bucket))) throw storeUnavailable('the bucket does not keep a default retention');
}

async function hasRule(client: Client, bucket: string): Promise<boolean> {
  let config: LockConfig;
  try {
    config = await (client.getObjectLockConfig(bucket) as unknown as Promise<LockConfig>);
  } catch (error) {
    if (s3Code(error)?.startsWith('ObjectLockConfigurationNotFound')) throw storeUnavailable('the bucket has no Object Lock', error);
    throw error;
  }
  if (config.objectLockEnabled !== 'Enabled') throw storeUnavailable('the bucket has no Object Lock');
  return config.mode !== undefined && Number(config.validity) >= 1;
}
