import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readYaml } from '../../../src/config/index.js';
import { check } from '../../../src/errors/index.js';

/** The most records that are judged right for one query: as many as recall is measured over. */
export const FIRST = 10;

export const KINDS = ['word', 'words', 'spoken', 'long', 'phrase', 'without', 'typo', 'traditional', 'width', 'synonym', 'filter', 'number'] as const;

const judged = z
  .strictObject({
    q: z.string().min(1).max(200),
    lang: z.enum(['zh', 'en']),
    kind: z.enum(KINDS),
    why: z.string().min(3),
    /** Department of the supervisor who asks; without it a records manager asks. */
    viewer: z.string().optional(),
    right: z.array(z.string()).min(1).max(FIRST),
    unreached: z.array(z.string()).min(1).optional(),
  })
  .refine(
    ({ right, unreached }) => new Set(right).size === right.length && (unreached ?? []).every((one) => right.includes(one)),
    'unreached is a part of right',
  );

const file = z.strictObject({ format: z.literal(1), queries: z.array(judged) });

export type Judged = z.infer<typeof judged>;

/** The golden file of that name beside this one. */
export async function loadJudged(name: string): Promise<Judged[]> {
  return check(file, await readYaml(fileURLToPath(new URL(`../../../../test/search/judged/${name}`, import.meta.url)))).queries;
}
