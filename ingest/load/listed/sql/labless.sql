-- Rows whose lab nobody tells are left out. Columns: identifier, nickname.
delete from listed_session where lab_name is null
returning identifier, nickname
