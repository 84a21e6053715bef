#!/bin/sh
# Brings the engine's two databases to the schema of this version of Temporal; safe to repeat.
set -eu
SQL_PASSWORD=$(cat /run/secrets/temporal_password)
export SQL_PASSWORD
schemas=/etc/temporal/schema/postgresql/v12

for database in temporal temporal_visibility; do
    case $database in
        temporal) folder=temporal ;;
        *) folder=visibility ;;
    esac
    temporal-sql-tool --plugin postgres12 --ep postgres --port 5432 --user temporal \
        --database "$database" setup-schema --version 0.0
    temporal-sql-tool --plugin postgres12 --ep postgres --port 5432 --user temporal \
        --database "$database" update-schema --schema-dir "$schemas/$folder/versioned"
done
