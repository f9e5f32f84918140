import { useView } from '../components/context.js';
import { Copyable, Crumbs, Facts, PageHead, Section } from '../components/marks.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export interface AuditProofModel {
  log: string;
  sequence: string;
  size: string;
  /** Hashes in hexadecimal. */
  leaf: string;
  root: string;
  path: readonly { hash: string; side: 'left' | 'right' }[];
  note: string;
}

export const auditProofPage: PageOf<AuditProofModel> = ({ p, say }, model) => {
  const t = p.pages.auditProof;
  const title = say(t.title, { sequence: Number(model.sequence) });
  const place = `${model.log}/${model.sequence}`;
  return {
    title,
    section: 'audit',
    body: (
      <div class="stack-l">
        <div>
          <Crumbs
            crumbs={[{ text: p.pages.audit.title, href: paths.audit }, { text: place, href: paths.auditEntry(model.log, model.sequence) }, { text: t.link }]}
          />
          <PageHead title={title} lead={t.lead}>
            <a class="button" href={paths.auditProofFile(model.log, model.sequence)} download>
              {t.download}
            </a>
            <a class="button" href={paths.auditEntryFile(model.log, model.sequence)} download>
              {t.entry}
            </a>
          </PageHead>
        </div>
        <Facts
          facts={[
            { term: t.leaf, value: <Copyable text={model.leaf} /> },
            { term: t.root, value: <Copyable text={model.root} /> },
            { term: t.under, value: say(t.underText, { log: model.log, size: Number(model.size) }) },
          ]}
        />
        <Section title={t.path}>
          <div class="stack">
            <Picture model={model} />
            <Table
              caption={t.path}
              rows={model.path.map((one, i) => ({ ...one, step: i + 1 }))}
              id={(one) => `${one.step}`}
              columns={[
                { key: 'step', head: t.columns.step, main: true, cell: (one) => say(t.step, { step: one.step }) },
                { key: 'side', head: t.columns.side, cell: (one) => t.steps[one.side] },
                { key: 'hash', head: t.columns.hash, cell: (one) => <span class="code small break">{one.hash}</span> },
              ]}
            />
          </div>
        </Section>
        <Section title={t.how}>
          <div class="stack">
            <p class="small muted">{t.howLead}</p>
            <pre class="sheet code pre small">{model.note.trimEnd()}</pre>
          </div>
        </Section>
      </div>
    ),
  };
};

/** Height of a step, and how far nodes stand apart. */
const STEP = 34;
const APART = 46;

/** The path from the leaf at the bottom to the root at the top; what stands beside it hangs on its own side. */
function Picture({ model }: { model: AuditProofModel }) {
  const { p, say } = useView();
  const height = (model.path.length + 1) * STEP;
  const width = 6 * APART;
  const middle = width / 2;
  const y = (step: number): number => height - STEP / 2 - step * STEP;
  return (
    <svg
      class="proof"
      role="img"
      aria-label={say(p.pages.auditProof.picture, { sequence: Number(model.sequence), steps: model.path.length })}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={Math.min(height, 900)}
    >
      {model.path.map((one, i) => {
        const x = one.side === 'left' ? middle - APART : middle + APART;
        return (
          <g key={i} stroke="currentColor" fill="none">
            <path d={`M${middle} ${y(i)}L${middle} ${y(i + 1)}M${x} ${y(i)}L${middle} ${y(i + 1)}`} stroke-opacity="0.5" />
            <rect x={x - 5} y={y(i) - 5} width="10" height="10" />
            <text
              x={one.side === 'left' ? x - 10 : x + 10}
              y={y(i) + 4}
              text-anchor={one.side === 'left' ? 'end' : 'start'}
              font-size="10"
              fill="currentColor"
              stroke="none"
            >
              {one.hash.slice(0, 6)}
            </text>
          </g>
        );
      })}
      {Array.from({ length: model.path.length + 1 }, (_, i) => (
        <circle key={i} cx={middle} cy={y(i)} r={i === 0 || i === model.path.length ? 7 : 5} fill="currentColor" />
      ))}
    </svg>
  );
}
