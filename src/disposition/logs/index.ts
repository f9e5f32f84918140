export { answerLogDestruction, appointForLog, checkLogDestruction, dismissFromLog, stopLogDestruction, watchLogRegisters, type LogAnswer } from './act.js';
export { beginLogDestruction, carryLogDestruction, carryLogs, certifying, witnessLogDestruction } from './carry.js';
export { clearLogs } from './clear.js';
export { LOG_CERTIFICATE_FORMAT, type LogCertificateData } from './certificate/data.js';
export { logCertificate, openLogCertificate } from './certificate/open.js';
export { verifyLogCertificate } from './certificate/verify.js';
export type { LogTermDeps } from './deps.js';
export { proposeLogDestruction } from './propose.js';
export { LOG_OBSTACLES, logDigest, logLock, logTerm, obstaclesOf, type LogFacts, type LogObstacle } from './term.js';
export {
  listLogRegisters,
  listLogTerms,
  viewLogRegister,
  type LogCertificateView,
  type LogRegisterSummary,
  type LogRegisterView,
  type LogTermView,
} from './view.js';
export { logsWaiting } from './waiting.js';
