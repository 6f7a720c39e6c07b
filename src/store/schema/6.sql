-- Secret keys that we had Microsoft Entra make, or were about to, and that are not in use: under this name each stands there, no other
-- key does. What is left of them there is removed by the next renewal.
CREATE TABLE made_keys (
    connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
    name          TEXT NOT NULL,
    PRIMARY KEY (connection_id, name)
) STRICT;
