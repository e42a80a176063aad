-- +goose Up

-- One row for each build of a view: the place in the ledger that its documents reflect, and whether it is the one that is read.
-- digest: see readstore.BuildDigest.
CREATE TABLE daybook.builds (
  view    text COLLATE "C" NOT NULL,
  version bigint  NOT NULL,
  seq     bigint  NOT NULL CHECK (seq >= 0),
  token   text COLLATE "C" NOT NULL,
  served  boolean NOT NULL,
  digest  bytea   NOT NULL CHECK (octet_length(digest) = 32),
  PRIMARY KEY (view, version)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE UNIQUE INDEX builds_served ON daybook.builds (view) WHERE served;

-- The documents as they are served, byte for byte: keys and data are bytes, so that they sort as bytes and nothing reads or rewrites them.
-- digest: see readstore.DocDigest.
CREATE TABLE daybook.docs (
  view    text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  key     bytea  NOT NULL,
  at      bigint NOT NULL,
  digest  bytea  NOT NULL CHECK (octet_length(digest) = 32),
  data    bytea  NOT NULL,
  PRIMARY KEY (view, version, key)
) WITH (fillfactor = 85);

-- Large documents change often. lz4 takes a fraction of the time of the default; a server may be built without it.
-- +goose StatementBegin
DO $$
BEGIN
  ALTER TABLE daybook.docs ALTER COLUMN data SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  NULL;
END
$$;
-- +goose StatementEnd

-- Ends a statement, and takes back all that it has done, where not all rows were there that it was to change.
-- +goose StatementBegin
CREATE FUNCTION daybook.all_of(have bigint, wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF have <> wanted THEN
    RAISE EXCEPTION '% of % builds are where they were thought to be', have, wanted USING ERRCODE = 'DB001';
  END IF;
END
$$;
-- +goose StatementEnd

GRANT USAGE ON SCHEMA daybook TO daybook_writer;
GRANT SELECT ON daybook.versions TO daybook_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON daybook.builds, daybook.docs TO daybook_writer;
