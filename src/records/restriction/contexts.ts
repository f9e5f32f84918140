/** Associated data of the sealed reasons of a restriction and of its release. */
export const reasonContext = (id: string): string => `restriction/${id}/reason`;
export const releaseContext = (id: string): string => `restriction/${id}/release`;
