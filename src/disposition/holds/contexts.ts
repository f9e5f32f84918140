/** Associated data of what of a hold is sealed. */
export const holdContext = (id: string, what: 'reason' | 'reference' | 'query' | 'decline' | 'lift'): string => `hold/${id}/${what}`;
