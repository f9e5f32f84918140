import type { Phrases } from '../../types.js';
import type { errorCodes as zh } from '../../zh/pages/errors.js';

export const errorCodes: Phrases<typeof zh> = {
  title: 'Error codes',
  lead: 'Every error has a fixed code. Texts may be reworded, codes stay; programs should go by the code alone.',
  requests: 'Errors of a request',
  fields: 'Errors of a field',
  fieldsLead: 'Where the code is invalid_field, fields says which field has which of these.',
  code: 'Code',
  status: 'HTTP status',
  meaning: 'Meaning',
  todo: 'What to do',
  api: 'Description of the API (OpenAPI)',
};
