import type { Phrases } from '../../types.js';
import type { certifiedCopies as zh } from '../../zh/pages/certified-copies.js';

export const certifiedCopies: Phrases<typeof zh> = {
  title: 'Certified copies {number}',
  lead: 'Chosen pages become pictures, are blacked out, marked and signed; no text or property of the file comes along.',
  made: 'Made',
  none: 'None was made yet.',
  about: '{pages} pages, {boxes} places blacked out, {by}',
  make: 'Make a certified copy',
  record: 'Record',
  pages: 'Pages and what is blacked out',
  pagesHint:
    'One page a line, at most 40: number of the file, page, then rectangles “left,top,width,height” in percent of the page, as many as needed. For example: 1 3 10,45,50,6',
  drawing: {
    draw: 'Look at pages and draw',
    drawLead: 'Each page looked at is on record and bears your name. Draw with the mouse; choose a box and press Delete to remove it; or type numbers.',
    shown: 'File {file}, page {page} of {pages}',
    previous: 'Previous page',
    next: 'Next page',
    takePage: 'Take this page',
    left: 'Left %',
    top: 'Top %',
    width: 'Width %',
    height: 'Height %',
    add: 'Add a box',
    noFiles: 'No file that becomes a picture.',
    box: 'Box {number}',
    canvas: 'What is blacked out',
    page: 'Look at file {number}: {name}',
  },
  submit: 'Make the copy',
};
