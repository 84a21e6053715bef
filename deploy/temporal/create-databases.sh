#!/bin/sh
# Runs once, when the PostgreSQL volume is empty: the engine's own role and its two databases,
# apart from the record, in which that role has no rights.
set -eu
password=$(cat /run/secrets/temporal_password)
psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres --set "password=$password" <<'SQL'
CREATE ROLE temporal LOGIN PASSWORD :'password';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
SQL
