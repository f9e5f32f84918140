export { CodedError, ERROR_STATUS, invalidField, isCoded } from './coded.js';
export type { CodedErrorOptions, ErrorCode, FieldError } from './coded.js';
export { check, fieldErrors } from './validate.js';
