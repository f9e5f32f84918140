export { type CmsInput, detachedCms } from './cms.js';
export { openTimestamp, type Timestamp, timestampRequest } from './timestamp.js';
export { type CertificateInput, issueCertificate, type Name, pem } from './issue.js';
export { type CmsReading, readCms } from './read-cms.js';
