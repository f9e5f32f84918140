-- Completion of numbers asks for the first ones of a beginning that the viewer may find. Walked by number alone it would read every
-- record in between that he may not: with what mostly decides over finding in front, it looks only into cells where he may find something.
-- In the order of bytes, whatever the order of the database: of that alone it is sure that what begins alike stands together.

create index records_service_no_by_cell on records (department, sensitivity, state, restricted, service_no collate "C");
create index records_code_by_cell on records (department, sensitivity, state, restricted, archival_code collate "C") where archival_code is not null;
create index records_client_by_cell on records (department, sensitivity, state, restricted, client_number collate "C");
