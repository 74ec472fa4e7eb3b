-- +goose Up

-- Times are unix milliseconds. AUTOINCREMENT, because ids are cursors and are
-- kept by other programs: one that retention removed must never come back as
-- another row.
CREATE TABLE loads (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    at                INTEGER NOT NULL,
    server            TEXT NOT NULL,
    model             TEXT NOT NULL,
    instance_id       TEXT NOT NULL,
    event             TEXT NOT NULL,
    cause             TEXT NOT NULL,
    context_requested INTEGER,
    context_actual    INTEGER,
    duration_seconds  REAL,
    size_bytes        INTEGER,
    detail            TEXT NOT NULL DEFAULT ''
) STRICT;

-- For since, until and retention by age.
CREATE INDEX loads_by_time ON loads (at);

-- The row's id follows the model inside the index, so a model's rows come out
-- newest first without sorting.
CREATE INDEX loads_by_model ON loads (model);

-- The loaded instances: the load that brought each of them into memory. It could
-- be worked out from loads, at the price of reading all of them at every start.
CREATE TABLE present (
    server      TEXT NOT NULL,
    instance_id TEXT NOT NULL,
    load_id     INTEGER NOT NULL REFERENCES loads (id),
    PRIMARY KEY (server, instance_id)
) STRICT, WITHOUT ROWID;

-- Deleting from loads asks for the rows that still refer to it.
CREATE INDEX present_by_load ON present (load_id);

CREATE TABLE state (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL,
    at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Inside the migration's transaction: the number that a start reads from the
-- file's first hundred bytes instead of asking goose.
PRAGMA user_version = 1;
