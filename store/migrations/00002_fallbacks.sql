-- +goose Up

-- What fallbacks are filtered and counted by. Most fallbacks are of few kinds,
-- so a page of any combination of filters is read from the few kinds that fit,
-- newest first, however rare it is among all. NULL: nobody answered.
CREATE TABLE fallback_kinds (
    id        INTEGER PRIMARY KEY,
    requested TEXT NOT NULL,
    answered  TEXT,
    outcome   TEXT NOT NULL,
    reason    TEXT NOT NULL,
    cause     TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX fallback_kinds_once
    ON fallback_kinds (requested, ifnull(answered, ''), outcome, reason, cause);

-- Times are unix milliseconds. attempts and cause are JSON, and last, because
-- they are long and seldom read.
CREATE TABLE fallbacks (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    key              TEXT NOT NULL UNIQUE,
    at               INTEGER NOT NULL,
    ended_at         INTEGER,
    kind             INTEGER NOT NULL REFERENCES fallback_kinds (id),
    lost_seconds     REAL,
    source           TEXT NOT NULL,
    openclaw_version TEXT NOT NULL,
    run_id           TEXT NOT NULL,
    session_id       TEXT NOT NULL,
    session_key      TEXT NOT NULL,
    agent_id         TEXT NOT NULL,
    attempts         TEXT NOT NULL,
    cause            TEXT NOT NULL
) STRICT;

-- Sums are made from these two alone: the table is twenty times as large.
CREATE INDEX fallbacks_by_time ON fallbacks (at, id, lost_seconds);
CREATE INDEX fallbacks_by_kind ON fallbacks (kind, at, id, lost_seconds);

CREATE INDEX fallbacks_by_session_id ON fallbacks (session_id, kind, at);
CREATE INDEX fallbacks_by_session_key ON fallbacks (session_key, kind, at);

-- How far each of OpenClaw's files was read. The path is a blob, because a path
-- need not be text.
CREATE TABLE cursors (
    path    BLOB PRIMARY KEY,
    device  INTEGER NOT NULL,
    inode   INTEGER NOT NULL,
    offset  INTEGER NOT NULL,
    head    BLOB,
    mark    TEXT NOT NULL,
    read_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE server_changes (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    server TEXT NOT NULL,
    state  TEXT NOT NULL,
    code   TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE INDEX server_changes_by_server ON server_changes (server, at);
CREATE INDEX server_changes_by_time ON server_changes (at);

PRAGMA user_version = 2;
