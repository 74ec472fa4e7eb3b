-- +goose Up

-- What a load was reckoned to take in memory, before any correction, and by how
-- much the memory in use grew with it. NULL where that is not known.
ALTER TABLE loads ADD COLUMN estimated_bytes INTEGER;
ALTER TABLE loads ADD COLUMN measured_bytes INTEGER;

-- The few loads that were measured, newest first, without reading the others.
CREATE INDEX loads_measured ON loads (server) WHERE measured_bytes IS NOT NULL;

PRAGMA user_version = 5;
