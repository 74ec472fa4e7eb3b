package json5_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"

	"pilotlight/backend/json5"
)

// The npm package json5 is what OpenClaw reads its configuration with, so it is
// the judge of what a document means. It lies in testdata/npm, pinned.
const oracleFolder = "testdata/npm"

// documents is how many documents, and edits of them, each test has judged.
const documents = 10_000

var installing sync.Once

// verdict is what json5 says of a text.
type verdict struct {
	value any
	err   string
}

// ask has json5 read texts.
func ask(t *testing.T, texts []string) []verdict {
	t.Helper()
	install(t)
	var in, problems bytes.Buffer
	enc := json.NewEncoder(&in)
	for _, text := range texts {
		if err := enc.Encode(text); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(t.Context(), tool(t, "node"), "oracle.mjs")
	command.Dir, command.Stdin, command.Stderr = oracleFolder, &in, &problems
	out, err := command.Output()
	if err != nil {
		t.Fatalf("oracle.mjs: %v\n%s", err, problems.String())
	}
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	if len(lines) != len(texts) {
		t.Fatalf("oracle.mjs gave %d answers to %d texts", len(lines), len(texts))
	}
	list := make([]verdict, len(lines))
	for i, line := range lines {
		var answer struct {
			Value any
			Error string
		}
		if err := json.Unmarshal(line, &answer); err != nil {
			t.Fatalf("oracle.mjs printed %q: %v", line, err)
		}
		list[i] = verdict{untag(answer.Value), answer.Error}
	}
	return list
}

// untag makes a model of what oracle.mjs prints.
func untag(v any) any {
	o, ok := v.(map[string]any)
	switch {
	case !ok:
		return v
	case o["number"] != nil:
		f, err := strconv.ParseFloat(o["number"].(string), 64)
		if err != nil {
			return err
		}
		return f
	case o["array"] != nil:
		a := &arr{}
		for _, e := range o["array"].([]any) {
			a.list = append(a.list, untag(e))
		}
		return a
	}
	out := newObj()
	for i, k := range o["keys"].([]any) {
		out.set(k.(string), untag(o["values"].([]any)[i]))
	}
	return out
}

// javaScript puts a model's keys into the order in which JavaScript keeps them:
// those that are an index come first, by number.
func javaScript(v any) any {
	switch v := v.(type) {
	case *arr:
		out := &arr{}
		for _, e := range v.list {
			out.list = append(out.list, javaScript(e))
		}
		return out
	case *obj:
		index := func(k string) int {
			if i, err := strconv.ParseUint(k, 10, 32); err == nil && strconv.FormatUint(i, 10) == k && i < math.MaxUint32 {
				return int(i)
			}
			return math.MaxInt
		}
		out := newObj()
		ordered := slices.Clone(v.keys)
		slices.SortStableFunc(ordered, func(a, b string) int {
			switch x, y := index(a), index(b); {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		})
		for _, k := range ordered {
			out.set(k, javaScript(v.m[k]))
		}
		return out
	}
	return v
}

func count(t *testing.T) int {
	if testing.Short() {
		return documents / 20
	}
	return documents
}

func TestSameValuesAsTheNpmPackage(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 2))
	type pair struct {
		before, after string
		value         any
		c             change
	}
	var pairs []pair
	var texts []string
	ops := map[string]int{}
	for len(pairs) < count(t) {
		text, value := document(random.IntN)
		d, err := json5.Parse([]byte(text))
		if err != nil {
			t.Fatalf("Parse(%q): %v", text, err)
		}
		c, ok := choose(random.IntN, value, d.Tree())
		if !ok {
			continue
		}
		after, problem := checkEdit(text, value, c)
		if problem != "" {
			t.Fatalf("%v on\n%s\n%q\n gave\n%s\n%q\n%s", c, text, text, after, after, problem)
		}
		ops[c.op]++
		pairs = append(pairs, pair{text, after, value, c})
		texts = append(texts, text, after)
	}
	verdicts := ask(t, texts)
	for i, p := range pairs {
		before, after := verdicts[2*i], verdicts[2*i+1]
		if want := javaScript(p.value); before.err != "" || !(sameness{order: true}).same(before.value, want) {
			t.Fatalf("document %q\n  json5 %s %s\nwe wrote %s", p.before, show(before.value), before.err, show(want))
		}
		_, scalar := members(p.c.value)
		how := sameness{order: p.c.op != "set" || scalar == nil}
		if want := javaScript(p.c.apply(p.value)); after.err != "" || !how.same(after.value, want) {
			t.Fatalf("%v on\n%s\n%q\n gave\n%s\n%q\n json5 %s %s\nmodel %s", p.c, p.before, p.before, p.after, p.after,
				show(after.value), after.err, show(want))
		}
	}
	t.Logf("%d documents and as many edits were judged: %v", len(pairs), ops)
}

// Random damage to good documents: what json5 refuses we refuse, and what it still
// reads we read alike.
func TestRefusesWhatTheNpmPackageRefuses(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 3))
	var texts []string
	for _, b := range broken {
		texts = append(texts, b.text)
	}
	for _, v := range values {
		texts = append(texts, v.text)
	}
	for len(texts) < count(t) {
		text, _ := document(random.IntN)
		texts = append(texts, damage(random.IntN, text))
	}
	refused := 0
	for i, v := range ask(t, texts) {
		text := string([]rune(texts[i])) // what is not UTF-8 reaches JavaScript as U+FFFD
		strict, err := json5.Standard([]byte(text))
		if (err != nil) != (v.err != "") {
			t.Fatalf("%q\njson5 says %q, we say %v", text, v.err, err)
		}
		if err != nil {
			refused++
			continue
		}
		got, err := decode(strict)
		if err != nil || !(sameness{order: true, nullable: true}).same(javaScript(got), v.value) {
			t.Fatalf("%q\njson5 reads %s\n  we read %s (%v)", text, show(v.value), show(got), err)
		}
	}
	if refused < len(texts)/10 || refused > len(texts)*9/10 {
		t.Errorf("%d of %d texts were refused: the damage is too small or too great to tell anything", refused, len(texts))
	}
	t.Logf("%d texts were judged, %d of them refused by both", len(texts), refused)
}

// damage changes a text in one to three places.
func damage(roll dice, text string) string {
	runes := []rune(text)
	letters := []rune(",,::{}[]\"\"''\\\\//**+-.0123456789eExXuInfinityNaNtruefalsenull_$ \n\r\u2028\u00a0\ufeff#“aé\x00\x01\x7f\u200c\u0301😀")
	for range 1 + roll(3) {
		at := roll(len(runes) + 1)
		switch roll(4) {
		case 0:
			runes = slices.Insert(runes, at, oneOf(roll, letters))
		case 1:
			runes = slices.Delete(runes, min(at, len(runes)), min(at+1+roll(3), len(runes)))
		case 2:
			if at < len(runes) {
				runes[at] = oneOf(roll, letters)
			}
		case 3:
			if roll.oneIn(4) {
				runes = runes[:at]
			} else {
				runes = slices.Insert(runes, at, []rune(oneOf(roll, numbers).text)...)
			}
		}
	}
	return string(runes)
}

// tool finds a program, or says what to install. It is no reason to skip: without
// the judge nobody knows that we read what OpenClaw reads.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is not installed: this test needs Node.js 20 or later with npm (Debian: apt-get install nodejs npm)", name)
	}
	return path
}

// install fetches the package, exactly as the lock file says, unless it is here.
func install(t *testing.T) {
	t.Helper()
	installing.Do(func() {
		if _, err := os.Stat(filepath.Join(oracleFolder, "node_modules", "json5", "package.json")); err == nil {
			return
		}
		command := exec.Command(tool(t, "npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts")
		command.Dir = oracleFolder
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
	})
}

// A lock file that names hosts would only work where those hosts are reached.
func TestLockFileNamesNoHost(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(oracleFolder, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(`"resolved"`)) {
		t.Error(`package-lock.json has "resolved" addresses; write it with npm install --omit-lockfile-registry-resolved`)
	}
	if !bytes.Contains(text, []byte(`"json5": "2.2.3"`)) {
		t.Error("package-lock.json does not pin json5 2.2.3")
	}
}
