export const search = {
  /** What filters are called in the box; the first name is the one that is offered, others are understood too. */
  keys: {
    type: 'type|service',
    clientType: 'clientType|kind',
    client: 'client|customer',
    staff: 'staff|agent',
    department: 'department|dept',
    channel: 'channel',
    sensitivity: 'sensitivity|grade',
    medium: 'medium',
    state: 'state|status',
    evaluation: 'evaluation|rating',
    year: 'year',
    date: 'date|closed',
    until: 'until',
    tag: 'tag',
  },
};
