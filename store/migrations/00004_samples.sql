-- +goose Up

-- The names of series. Their ids stand in the rows below, so none is ever given
-- twice. last_at is the day, in unix milliseconds, when one was last written.
CREATE TABLE sample_series (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    name    TEXT NOT NULL UNIQUE,
    unit    TEXT NOT NULL,
    gpu     TEXT NOT NULL,
    label   TEXT NOT NULL,
    last_at INTEGER NOT NULL
) STRICT;

-- The machine's figures, three times: by 10 seconds, by minutes, by hours. A row
-- is a stretch of time, all series of it packed into one blob: a minute of
-- 10 seconds, 10 minutes of minutes, 6 hours of hours. So a write changes three
-- rows, a year is a few thousand, and none outgrows its page. at is where the
-- stretch begins, in unix seconds.
CREATE TABLE samples_raw (
    at   INTEGER PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;

CREATE TABLE samples_minute (
    at   INTEGER PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;

CREATE TABLE samples_hour (
    at   INTEGER PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;

PRAGMA user_version = 4;
