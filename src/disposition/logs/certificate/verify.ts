import { goneLines } from '../../../audit/index.js';
import { digestText } from '../../register/index.js';
import { signedData, type SignedCertificate } from '../../execution/certificate/signed.js';
import { logDigest } from '../term.js';
import { LOG_CERTIFICATE_FORMAT, type LogCertificateData } from './data.js';

/**
 * Checks the certificate of the end of a log by itself: that it is signed whole, by a certificate that the authority issued, that log and term
 * have the digest which everybody signed, and that the note inside is about them. Needs no database. Whether the note is signed by the key of
 * the log is asked with that key, beside the log.
 */
export function verifyLogCertificate(pdf: Buffer, authorities: readonly string[]): SignedCertificate<LogCertificateData> {
  const found = signedData<LogCertificateData>(pdf, authorities, LOG_CERTIFICATE_FORMAT);
  if (!found.ok) return found;
  const { register, log, term, note } = found.data;
  if (!/^[1-9][0-9]{0,18}$/.test(log.size)) return { ok: false, why: 'digest' };
  const root = Buffer.from(log.root, 'base64');
  const size = BigInt(log.size);
  const facts = { number: register.number, origin: log.origin, size, root, first: new Date(log.first), last: new Date(log.last), ...term };
  if (digestText(logDigest(facts)) !== register.digest) return { ok: false, why: 'digest' };
  const said = goneLines(note);
  const same = said?.origin === log.origin && said.size === size && said.root.equals(root) && said.procedure === register.number;
  return same && said.rule === term.schedule ? found : { ok: false, why: 'note' };
}
