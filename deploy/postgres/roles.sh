#!/bin/bash
# Run once, in a new database: the appliance's own role reads and writes rows, and may vacuum. It owns
# nothing, so it cannot change or drop a table, and cannot make a database.
set -euo pipefail
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
\set password `cat /run/secrets/db_app_password`
CREATE ROLE rag_app LOGIN PASSWORD :'password' NOSUPERUSER NOCREATEDB NOCREATEROLE;
GRANT pg_read_all_data, pg_write_all_data, pg_maintain TO rag_app;
SQL
