export { type CmsInput, detachedCms } from './cms.js';
export { type CertificateInput, issueCertificate, type Name, pem } from './issue.js';
