import { phrasesFor, say } from '../../../phrases/index.js';
import { explainTerm, type LoggedEvent } from '../../../records/index.js';
import { explain } from '../../../retention/index.js';
import { recordTermPage } from '../../../ui/index.js';
import type { HttpDeps } from '../../deps.js';
import { page } from '../../pages.js';
import { definePage, idParams, type RequestContext, type Route } from '../../route.js';

function eventText(ctx: RequestContext, event: LoggedEvent): string {
  const t = phrasesFor(ctx.lang).pages.term.kinds;
  if (event.kind === 'event') return event.name;
  return event.kind === 'promised' ? say(t.promised, { until: event.until }) : t[event.kind];
}

/** Why a record is kept until its day: the sentence, every step, the facts and the events. */
export function recordTermPages(deps: HttpDeps): Route[] {
  return [
    definePage({
      method: 'get',
      path: '/records/:id/term',
      name: 'recordTermPage',
      guard: 'record.view',
      params: idParams,
      async handler(ctx, { params }) {
        const found = await explainTerm(deps.records, ctx.actor, params.id);
        const { fields, values } = phrasesFor(ctx.lang);
        const [sentence = '', ...steps] = explain(found.decision, found.schedule, ctx.lang);
        const { subject } = found;
        const minute = new Intl.DateTimeFormat('sv-SE', { timeZone: found.schedule.timeZone, dateStyle: 'short', timeStyle: 'short' });
        return page(deps, ctx, recordTermPage, {
          id: found.record.id,
          title: found.record.title,
          code: found.record.archival_code ?? found.record.service_no,
          until: found.decision.until,
          sentence,
          steps,
          facts: [
            { term: fields.closedAt, value: `${minute.format(subject.closedAt)} (${found.schedule.timeZone})` },
            { term: fields.serviceType, value: subject.serviceType ? values.serviceType[subject.serviceType] : '' },
            { term: fields.channel, value: subject.channel ? values.channel[subject.channel] : '' },
            { term: fields.sensitivity, value: subject.sensitivity ? values.sensitivity[subject.sensitivity] : '' },
            { term: fields.tags, value: (subject.tags ?? []).join(' · ') },
          ],
          events: found.events.map((one) => ({ what: eventText(ctx, one), at: minute.format(one.at), source: one.source, entry: one.entry })),
          schedule: { name: found.schedule.name, digest: found.schedule.digest },
          agrees: found.agrees,
        });
      },
    }),
  ];
}
