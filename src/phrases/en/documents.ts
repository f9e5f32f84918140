import type { Phrases } from '../types.js';
import type { documents as zh } from '../zh/documents.js';

export const documents: Phrases<typeof zh> = {
  page: 'Page {page} of {pages}',
  made: 'Made on {time}',
  date: 'Date',
  fonds: 'Fonds',
  total: 'Items in total',
  empty: 'No items',
  column: {
    number: 'No.',
    archivalCode: 'Archival code',
    documentNo: 'Document no.',
    responsible: 'Responsible',
    title: 'Title',
    date: 'Date',
    extent: 'Pages/files',
    pages: 'Pages',
    medium: 'Medium',
    retention: 'Retention',
    sensitivity: 'Sensitivity',
    note: 'Note',
  },
  stamp: { fonds: 'Fonds', year: 'Year', item: 'Item', office: 'Office', retention: 'Kept', extent: 'Pages' },
  transferList: {
    title: 'Transfer list',
    batch: 'Batch',
    from: 'Handing over',
    to: 'Receiving',
    copies: 'Made in two copies, one for either side.',
    handedOver: 'Handed over by',
    received: 'Received by',
    supervised: 'Supervised by',
  },
  fileCatalogue: { title: 'Catalogue of archived items', scope: 'Scope' },
};
