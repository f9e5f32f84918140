-- What becomes of the columns by which a wrap is locked, once its record is destroyed.
insert into record_fates (relation, key, attribute, fate, because) values
  ('objects', 'record_id', 'wrap_lock', 'kept', 'a digest under a key, of the object''s id and a generation: it says nothing of what was in it'),
  ('objects', 'record_id', 'wrap_proof', 'kept', 'shown in the statement that changes a wrap and always empty afterwards, by a check');
