-- +goose Up

-- The vault: participants' words, sealed. Members of daybook_reader see nothing of it.
--
-- No statistics are kept of what is sealed: they would be copies of it in another table. Boxes do not compress. What is deleted is vacuumed soon, and the compaction of
-- docs/postgres.md writes the tables anew.

CREATE SCHEMA vault;

-- Under which key the keys of subjects are wrapped: one row. proof is a box by which the key is known again.
CREATE TABLE vault.keys (
  one   integer PRIMARY KEY CHECK (one = 1),
  id    text COLLATE "C" NOT NULL,
  proof bytea NOT NULL
);

CREATE TABLE vault.subjects (
  subject text COLLATE "C" PRIMARY KEY,
  key     bytea NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1);

CREATE TABLE vault.openings (
  event   bytea NOT NULL CHECK (octet_length(event) = 16),
  field   text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  sealed  bytea NOT NULL,
  PRIMARY KEY (event, field)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1, toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 1);

CREATE INDEX openings_subject ON vault.openings (subject);

ALTER TABLE vault.keys ALTER COLUMN proof SET STATISTICS 0;
ALTER TABLE vault.subjects ALTER COLUMN subject SET STATISTICS 0, ALTER COLUMN key SET STATISTICS 0;
ALTER TABLE vault.openings ALTER COLUMN event SET STATISTICS 0, ALTER COLUMN subject SET STATISTICS 0, ALTER COLUMN sealed SET STATISTICS 0,
  ALTER COLUMN sealed SET STORAGE EXTERNAL;

GRANT USAGE ON SCHEMA vault TO daybook_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON vault.keys, vault.subjects, vault.openings TO daybook_writer;
