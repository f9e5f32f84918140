/**
 * Files that take longest, so that none of them is the last one to run. Two run at once, as many as there are processors where this is
 * checked: with a third one, tests that wait for something to happen wait longer than they allow for.
 */
const LONG = [
  'disposition/execution/strikes',
  'search/postgres',
  'search/judged',
  'pages/pages',
  'pages/year',
  'pages/walks',
  'search/meilisearch',
  'pages/find',
  'pages/office',
  'faults/kill',
  'pages/standing',
  'pages/corrections',
  'pages/disposition',
  'disposition/register/model',
  'disposition/execution/canary',
  'disposition/execution/object-lock',
  'disposition/holds/database',
  'vault/kill',
  'whole/together',
].map((name) => `/dist/test/${name}.test.js`);

const rank = (file) => {
  const found = LONG.findIndex((name) => file.endsWith(name));
  return found === -1 ? LONG.length : found;
};

export default {
  concurrency: 2,
  files: ['dist/test/**/*.test.js'],
  require: ['./dist/test/support/own-folder.js'],
  sortTestFiles: (one, other) => rank(one) - rank(other) || (one < other ? -1 : 1),
  timeout: '180s',
  workerThreads: false,
};
