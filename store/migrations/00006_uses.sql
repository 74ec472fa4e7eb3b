-- +goose Up

-- The instances whose use is known. Their ids stand in the rows below.
CREATE TABLE use_instances (
    id          INTEGER PRIMARY KEY,
    server      TEXT NOT NULL,
    model       TEXT NOT NULL,
    instance_id TEXT NOT NULL,
    UNIQUE (server, instance_id, model)
) STRICT;

-- Stretches in which it is known what an instance did. at is where one begins, in
-- unix milliseconds; the others are lengths from there: up to used_ms it was in use
-- (NULL: not at all), from then up to known_ms idle. Those of one instance follow
-- each other. A year of them is tens of thousands of rows, so a row is small.
CREATE TABLE uses (
    instance INTEGER NOT NULL REFERENCES use_instances (id),
    at       INTEGER NOT NULL,
    used_ms  INTEGER,
    known_ms INTEGER NOT NULL,
    PRIMARY KEY (instance, at)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 6;
