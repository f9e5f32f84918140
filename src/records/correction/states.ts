/** States in which a record may be corrected: archived, and not yet given up. What waits to be arranged is completed instead. */
export const CORRECTABLE: ReadonlySet<string> = new Set(['archived', 'due', 'extended']);
