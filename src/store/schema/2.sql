-- History: where its rows go, and what a set-up has made in Azure that is not a connection's for good yet.
ALTER TABLE connections ADD COLUMN history TEXT;   -- document: rule and address of uploads, once they stand
ALTER TABLE connections ADD COLUMN made TEXT;      -- document: what was made, for Undo
