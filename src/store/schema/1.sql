-- Words are plain text, documents are JSON, moments are RFC 3339 in UTC. No column holds a secret.

CREATE TABLE connections (
    id        TEXT NOT NULL PRIMARY KEY,
    name      TEXT NOT NULL,
    name_key  TEXT NOT NULL UNIQUE,     -- the name as it is compared: lower case
    state     TEXT NOT NULL,            -- connecting, ready, removing
    setup     TEXT NOT NULL,            -- document
    workspace TEXT,                     -- document: the workspace as last read
    site      TEXT,                     -- document: the site as last read
    created   TEXT NOT NULL,
    updated   TEXT NOT NULL
) STRICT;

-- Names whose connection was removed: asking to remove such a one again is no mistake.
CREATE TABLE removed_connections (
    name_key      TEXT NOT NULL PRIMARY KEY,
    name          TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    removed_at    TEXT NOT NULL
) STRICT;

-- Names of keyring entries. Outlive their connection, so that one that the keyring would not give up can go later.
CREATE TABLE secret_entries (
    entry         TEXT NOT NULL PRIMARY KEY,
    connection_id TEXT NOT NULL,
    kind          TEXT NOT NULL,        -- client_secret, site_password
    state         TEXT NOT NULL CHECK (state IN ('pending', 'current', 'retired'))
) STRICT;

CREATE UNIQUE INDEX one_current_entry ON secret_entries (connection_id, kind) WHERE state = 'current';

CREATE TABLE group_states (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    collection_id TEXT NOT NULL,
    state         TEXT NOT NULL,        -- document
    PRIMARY KEY (connection_id, collection_id)
) STRICT;

CREATE TABLE workspace_limits (
    workspace  TEXT NOT NULL PRIMARY KEY,   -- resource ID, lower case
    text_limit INTEGER NOT NULL             -- characters
) STRICT;

-- Not bound to connections: a run may begin before its connection is written down.
CREATE TABLE runs (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    connection_id TEXT NOT NULL,
    kind          TEXT NOT NULL,        -- sync, connect, update_secret, remove
    started       TEXT NOT NULL,
    ended         TEXT,                 -- null: under way, or killed
    summary       TEXT                  -- document
) STRICT;

CREATE INDEX runs_of_connection ON runs (connection_id, id);
