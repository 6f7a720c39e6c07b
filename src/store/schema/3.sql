-- Since when a connection is left out of schedules; null: it is not, or it was turned off before this was noted.
ALTER TABLE connections ADD COLUMN import_off_since TEXT;
