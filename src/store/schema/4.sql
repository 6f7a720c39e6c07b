-- The most bytes of JSON in one upload: as a person wants it for a connection, and as a workspace has taught us.
ALTER TABLE connections ADD COLUMN call_size INTEGER;   -- null: as the program comes

CREATE TABLE upload_limits (
    workspace TEXT NOT NULL PRIMARY KEY,   -- resource ID, lower case
    bytes     INTEGER NOT NULL
) STRICT;
