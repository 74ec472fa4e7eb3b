package openclawtest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The levels that OpenClaw logs, with tslog's numbers.
const (
	info  = "INFO"
	warn  = "WARN"
	fault = "ERROR"
)

var levels = map[string]int{info: 3, warn: 4, fault: 5}

// trace is what 2026.9 adds to the lines of one model's turn.
type trace struct{ id, span, parent string }

// line is one entry of the log before a version has given it its form.
type line struct {
	level     string
	subsystem string // "" is a line of the console, which has no subsystem
	args      []any  // a message, or an object and a message, or both the other way round
	trace     *trace
	session   string
	source    bool // 2026.9 tells where in its code the line is from
}

// maxRotated is how many full files OpenClaw keeps of one day.
const maxRotated = 5

// keepDays is how long OpenClaw keeps day files.
const keepDays = 24 * time.Hour

// write adds a line to the log, and turns the file over where that is due.
func (c *OpenClaw) write(at time.Time, l line) error {
	var text string
	switch c.era {
	case era9:
		text = c.modernLine(at, l)
	default:
		text = c.oldLine(at, l)
	}
	return c.append(at, []byte(text+"\n"))
}

// WriteRaw adds bytes to the log as they are, for what no OpenClaw writes.
func (c *OpenClaw) WriteRaw(b []byte) error { return c.append(c.opts.Now(), b) }

func (c *OpenClaw) append(at time.Time, b []byte) error {
	c.logMu.Lock()
	defer c.logMu.Unlock()
	file := c.logFile(at)
	if file != c.lastLog {
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return fmt.Errorf("make log folder: %w", err)
		}
		if c.lastLog != "" {
			// The caller's clock drives this fake, the system's would spare all.
			_ = os.Chtimes(c.lastLog, c.lastAt, c.lastAt)
		}
		c.prune(at)
	}
	c.lastLog, c.lastAt = file, at
	if fi, err := os.Stat(file); err == nil && fi.Size() > 0 && fi.Size()+int64(len(b)) > c.opts.RotateBytes {
		if err := rotate(file); err != nil {
			return fmt.Errorf("rotate log: %w", err)
		}
	}
	// OpenClaw opens the file for every line (appendFileSync).
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	_, err = f.Write(b)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("write log: %w", err)
	}
	return nil
}

// logFile is where a line of that time goes.
func (c *OpenClaw) logFile(at time.Time) string {
	if c.opts.LogFile != "" {
		return c.opts.LogFile
	}
	return filepath.Join(c.opts.LogDir, c.logPrefix()+at.Format(time.DateOnly)+".log")
}

func (c *OpenClaw) logPrefix() string {
	if c.opts.Profile != "" {
		return "openclaw-" + c.opts.Profile + "-"
	}
	return "openclaw-"
}

// prune removes day files that nobody has written to for a day.
func (c *OpenClaw) prune(at time.Time) {
	if c.opts.LogFile != "" {
		return
	}
	entries, _ := os.ReadDir(c.opts.LogDir)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), c.logPrefix()) || !strings.HasSuffix(e.Name(), ".log") {
			continue
		}
		if fi, err := e.Info(); err == nil && fi.Mode().IsRegular() && at.Sub(fi.ModTime()) > keepDays {
			_ = os.Remove(filepath.Join(c.opts.LogDir, e.Name()))
		}
	}
}

// rotate moves x.log to x.1.log, x.1.log to x.2.log and so on; the oldest goes.
func rotate(file string) error {
	ext := filepath.Ext(file)
	name := func(n int) string { return fmt.Sprintf("%s.%d%s", strings.TrimSuffix(file, ext), n, ext) }
	if err := os.Remove(name(maxRotated)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for n := maxRotated - 1; n >= 1; n-- {
		if err := os.Rename(name(n), name(n+1)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Rename(file, name(1))
}

// oldLine is a line of 2026.2 and 2026.3: the version's "time" comes some
// milliseconds after the entry's date, in UTC or with the zone's offset.
func (c *OpenClaw) oldLine(at time.Time, l line) string {
	name := loggerName(l)
	written := at.Add(time.Duration(1+len(l.subsystem)%15) * time.Millisecond)
	stamp := written.UTC().Format("2006-01-02T15:04:05.000Z")
	if c.era == era3 {
		stamp = offsetTime(written)
	}
	file, row, col := "entry.js", "1112", "14"
	if c.era == era3 {
		file, row, col = "subsystem-BDbeCphF.js", "1118", "51"
	}
	meta := object{
		{"runtime", "node"}, {"runtimeVersion", "22.23.3"}, {"hostname", "unknown"}, {"name", name},
		{"parentNames", []any{"openclaw"}}, {"date", utcTime(at)}, {"logLevelId", levels[l.level]}, {"logLevelName", l.level},
		{"path", sourceOf(file, row, col, "logToFile")},
	}
	return stringify(positional(l).with(field{"_meta", meta}, field{"time", stamp}))
}

// modernLine is a line of 2026.9, which repeats its message at the end.
func (c *OpenClaw) modernLine(at time.Time, l line) string {
	meta := object{
		{"runtime", "node"}, {"runtimeVersion", "24.21.0"}, {"hostname", c.host}, {"date", utcTime(at)},
		{"logLevelId", levels[l.level]}, {"logLevelName", l.level}, {"name", loggerName(l)},
	}
	if l.subsystem != "" {
		meta = meta.with(field{"parentNames", []any{"openclaw"}})
	}
	switch {
	case l.subsystem == "":
		meta = meta.with(field{"path", sourceOf("console-DwqfhE-H.mjs", "184", "29", "console.forwardedConsoleCall [as error]")})
	case l.source:
		meta = meta.with(field{"path", sourceOf("subsystem-DleLyu58.mjs", "228", "61", "logToFile")})
	}
	out := positional(l).with(
		field{"_meta", meta}, field{"time", offsetTime(at)}, field{"hostname", c.host}, field{"message", messageOf(l.args)})
	if l.session != "" {
		out = out.with(field{"session_id", l.session})
	}
	if t := l.trace; t != nil {
		out = out.with(field{"traceId", t.id}, field{"spanId", t.span})
		if t.parent != "" {
			out = out.with(field{"parentSpanId", t.parent})
		}
		out = out.with(field{"traceFlags", "01"})
	}
	return stringify(out)
}

// positional puts the arguments of a log call under "0", "1", "2", the logger's
// name first.
func positional(l line) object {
	args := l.args
	if l.subsystem != "" {
		args = append([]any{loggerName(l)}, args...)
	}
	var o object
	for i, a := range args {
		o = append(o, field{fmt.Sprint(i), a})
	}
	return o
}

func loggerName(l line) string {
	if l.subsystem == "" {
		return "openclaw"
	}
	return stringify(object{{"subsystem", l.subsystem}})
}

// messageOf is the text that 2026.9 puts under "message".
func messageOf(args []any) string {
	text, ok := args[0].(string)
	switch {
	case ok && len(args) > 1:
		return text + " " + stringify(args[1])
	case ok:
		return text
	case len(args) > 1:
		return fmt.Sprint(args[1])
	}
	return stringify(args[0])
}

func sourceOf(file, row, col, method string) object {
	return object{
		{"fullFilePath", "file:///opt/openclaw/dist/" + file + ":" + row + ":" + col}, {"fileName", file},
		{"fileNameWithLine", file + ":" + row}, {"fileColumn", col}, {"fileLine", row},
		{"filePath", "/opt/openclaw/dist/" + file}, {"filePathWithLine", "/opt/openclaw/dist/" + file + ":" + row}, {"method", method},
	}
}

func utcTime(t time.Time) string    { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
func offsetTime(t time.Time) string { return t.Format("2006-01-02T15:04:05.000-07:00") }
