-- +goose Up

-- States of OpenClaw's config. Times are unix milliseconds. The path is a blob,
-- because a path need not be text. restored_from refers to nothing: that revision
-- may be gone. size is what the text and the diff take, packed; sum is the
-- text's sha256. verdict is JSON, and NULL where there is none yet.
CREATE TABLE revisions (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    at            INTEGER NOT NULL,
    path          BLOB NOT NULL,
    hash          TEXT NOT NULL,
    parent_hash   TEXT NOT NULL,
    author        TEXT NOT NULL,
    bytes         INTEGER NOT NULL,
    restored_from INTEGER,
    size          INTEGER NOT NULL,
    sum           BLOB NOT NULL,
    note          TEXT NOT NULL,
    verdict       TEXT,
    diff          BLOB NOT NULL
) STRICT;

-- For the pages of one path and, alone, for retention: the table has the diffs
-- in it.
CREATE INDEX revisions_by_path ON revisions (path, id, at, size);

-- The texts, apart from what changes: a verdict would write them anew.
CREATE TABLE revision_texts (
    id   INTEGER PRIMARY KEY REFERENCES revisions (id) ON DELETE CASCADE,
    text BLOB NOT NULL
) STRICT;

PRAGMA user_version = 3;
