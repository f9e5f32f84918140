-- What stands near a record and stays when it goes, and because of what.
insert into record_fates (relation, key, attribute, fate, because)
select t.relation, t.key, a, 'kept', t.because
from (values
  ('archive_check_faults', 'record_id', 'part,kind,subject,facts', 'findings about the store and the log, in codes, identifiers and digests'),
  ('evidence_packs', 'record_id', 'number,client_number,reason_sealed,failure,digest,sums', 'that entries of the log were handed out, to whom and why; a pack holds no content of a record, and a pack about a record names no client'),
  ('lock_raises', 'record_id', 'why', 'codes of the store'),
  ('privacy_erasures', 'record_id', 'bound_ground', 'that an erasure was asked for and on what legal ground it was bound, in codes')
) as t (relation, key, attributes, because), unnest(string_to_array(t.attributes, ',')) as a;
