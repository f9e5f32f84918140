import { readFileSync } from 'node:fs';

/** Certificates of a PEM file, each by itself. */
export function certificatesIn(file: string): string[] {
  return readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
