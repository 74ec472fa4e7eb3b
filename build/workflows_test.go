package build_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// workflow is what GitHub reads of a workflow's file, as far as we use it.
type workflow struct {
	Name        string
	On          yaml.Node
	Env         map[string]string
	Permissions map[string]string
	Concurrency map[string]any
	Jobs        map[string]struct {
		Strategy       map[string]any
		Needs          []string
		Permissions    map[string]string
		Env            map[string]string
		RunsOn         string `yaml:"runs-on"`
		TimeoutMinutes int    `yaml:"timeout-minutes"`
		Steps          []struct {
			Uses string
			Run  string
			If   string
			With map[string]any
		}
	}
}

var (
	makeTarget = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)
	// A major version of an action, as its makers move it along.
	pinned = regexp.MustCompile(`^actions/[a-z-]+@v[0-9]+$`)
)

// TestWorkflowsRunWhatThereIs: nobody here can run them, so a name that is
// wrong would be found out by everybody else.
func TestWorkflowsRunWhatThereIs(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]bool{}
	for _, m := range makeTarget.FindAllStringSubmatch(string(makefile), -1) {
		targets[m[1]] = true
	}
	files, _ := filepath.Glob("../.github/workflows/*.yml")
	if len(files) < 2 {
		t.Fatalf("workflows = %v", files)
	}
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		dec := yaml.NewDecoder(f)
		dec.KnownFields(true)
		var w workflow
		if err := dec.Decode(&w); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if w.Permissions["contents"] != "read" || len(w.Permissions) != 1 {
			t.Errorf("%s: permissions = %v, want to read alone", file, w.Permissions)
		}
		for name := range w.Env {
			if !strings.Contains(string(makefile), "\n"+name+" ?=") {
				t.Errorf("%s: %s is set, and the Makefile does not take it", file, name)
			}
		}
		for name, job := range w.Jobs {
			runs := 0
			// One job writes, and only the draft that a person publishes.
			if len(job.Permissions) > 0 && (name != "draft" || len(job.Permissions) != 1 || job.Permissions["contents"] != "write") {
				t.Errorf("%s: job %s may %v", file, name, job.Permissions)
			}
			if job.RunsOn == "" || job.TimeoutMinutes == 0 {
				t.Errorf("%s: job %s has no machine or no limit", file, name)
			}
			for _, step := range job.Steps {
				if step.Uses != "" && !pinned.MatchString(step.Uses) {
					t.Errorf("%s: %s is not pinned by its major version", file, step.Uses)
				}
				if step.Run == "" {
					continue
				}
				runs++
				target, ok := strings.CutPrefix(step.Run, "make ")
				if !ok || !targets[target] {
					t.Errorf("%s: %q is not a target of the Makefile", file, step.Run)
				}
			}
			if runs == 0 {
				t.Errorf("%s: job %s runs nothing", file, name)
			}
		}
	}
}
