import { type Setting, SETTINGS } from './settings.js';

/** The text of `.env.example`: every setting, commented out, so that copying it changes nothing. A test holds the file to it. */
export function envExample(): string {
  const lines = [
    '# Configuration of Lantai. Every line is optional; what is shown is the default or an example.',
    '# A secret may also come from a file: S3_SECRET_KEY_FILE=/run/secrets/s3.',
    '',
  ];
  for (const setting of Object.values<Setting>(SETTINGS)) lines.push(`# ${setting.doc}`, `#${setting.env}=${setting.example ?? ''}`, '');
  return lines.join('\n');
}
