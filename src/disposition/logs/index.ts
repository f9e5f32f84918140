export { answerLogDestruction, appointForLog, checkLogDestruction, dismissFromLog, stopLogDestruction, watchLogRegisters, type LogAnswer } from './act.js';
export { beginLogDestruction, carryLogDestruction, carryLogs, certifying, clearLogs, witnessLogDestruction } from './carry.js';
export type { LogTermDeps } from './deps.js';
export { proposeLogDestruction } from './propose.js';
export { LOG_OBSTACLES, logDigest, logLock, logTerm, obstaclesOf, type LogFacts, type LogObstacle } from './term.js';
export { listLogRegisters, listLogTerms, logCertificate, viewLogRegister, type LogRegisterSummary, type LogRegisterView, type LogTermView } from './view.js';
