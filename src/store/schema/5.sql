-- What is noted of the secret key in use; null: nothing. A new key begins with nothing.
ALTER TABLE connections ADD COLUMN key_notes TEXT;   -- document
-- Whether the desktop is told when the key nears its end.
ALTER TABLE connections ADD COLUMN tells_desktop INTEGER NOT NULL DEFAULT 1;
