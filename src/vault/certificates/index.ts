export { type Certificates, type CertificatesDeps, type CertificateView, createCertificates } from './certificates.js';
