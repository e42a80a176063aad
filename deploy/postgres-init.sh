#!/bin/sh
# Makes the roles and the database of a daybook in a new PostgreSQL, as docs/postgres.md says, once. The image of PostgreSQL runs it when it makes its data directory; elsewhere, run it as whoever
# administers the server. Passwords are read from files in SECRETS and are on no command line.
set -eu
secrets="${SECRETS:-/run/secrets}"
psql -v ON_ERROR_STOP=1 -X -q -d postgres -f "${ROLES:-/daybook/roles.sql}"
psql -v ON_ERROR_STOP=1 -X -q -d postgres <<SQL
\set owner \`cat '$secrets/postgres_owner'\`
\set server \`cat '$secrets/postgres_server'\`
CREATE ROLE daybook_owner LOGIN PASSWORD :'owner';
CREATE ROLE daybook_server LOGIN IN ROLE daybook_writer PASSWORD :'server';
CREATE DATABASE daybook OWNER daybook_owner TEMPLATE template0 ENCODING 'UTF8';
SQL
