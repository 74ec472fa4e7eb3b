# Two commands are all that is needed: make run, make test.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# The page that publishes versions, as https://…/releases; a build without it looks for no newer one.
RELEASES ?=
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.releases=$(RELEASES)
# LM Studio and the dashboard speak HTTP/1.1 here; without HTTP/2 the resident
# program is half a megabyte smaller.
TAGS := nethttpomithttp2
# Vite's packages install with npm 11; older ones miss their native parts.
NPM := $(shell v=$$(npm --version 2>/dev/null); if [ "$${v%%.*}" -ge 11 ] 2>/dev/null; then echo npm; else echo npx --yes npm@11.19.1; fi)
GO_SOURCES := $(shell find backend cmd store frontend -name '*.go' -not -path '*/node_modules/*') go.mod go.sum
WINDOW_SOURCES := $(shell find . -maxdepth 1 -name '*.go') $(shell find window backend/home backend/face/client -type f) $(wildcard backend/*.go) go.mod go.sum
# On Linux without webkit2_41 Wails links WebKitGTK 4.0, which Debian drops.
WINDOW_TAGS := desktop,production,webkit2_41
# What "wails build" sets on a Mac and a plain build must set itself. macOS 12 is Go's own least.
ifeq ($(shell uname -s),Darwin)
WINDOW_ENV := CGO_CFLAGS="-O2 -g -mmacosx-version-min=12.0" CGO_LDFLAGS="-framework UniformTypeIdentifiers -mmacosx-version-min=12.0"
endif

.PHONY: build run demo test test-go test-frontend test-browser test-window lint bench shots race e2e fuzz fuzz-api vuln faults soak clean icons window app check-app install uninstall deb release reproducible release-mac signing draft FORCE

build: bin/pilotlight

run: bin/pilotlight ## builds everything and starts the agent, or the demo where there is no LM Studio
	exec ./bin/pilotlight agent --demo-if-new

demo: bin/pilotlight
	exec ./bin/pilotlight demo

test: ## everything that can be tested here
	./build/setup.sh test
	$(MAKE) lint test-frontend test-go test-browser test-window

# Changes when the version does, so that programs of one version go into one package.
bin/version: FORCE
	@mkdir -p bin && { [ "$$(cat $@ 2>/dev/null)" = '$(VERSION)' ] || echo '$(VERSION)' > $@; }
FORCE:

bin/pilotlight: frontend/dist/index.html $(GO_SOURCES) bin/version
	go build -trimpath -tags $(TAGS) -ldflags '$(LDFLAGS)' -o $@ ./cmd/pilotlight

window: bin/pilotlight-window ## the dashboard in a window of its own

bin/pilotlight-window: $(WINDOW_SOURCES) bin/version
	./build/setup.sh window
	$(WINDOW_ENV) go build -trimpath -tags $(WINDOW_TAGS) -ldflags '$(LDFLAGS)' -o $@ .

# Without the menu bar, and so without GTK: for servers.
bin/pilotlight-headless: frontend/dist/index.html $(GO_SOURCES) bin/version
	go build -tags $(TAGS),headless -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/pilotlight

bin/fakelmstudio: $(GO_SOURCES)
	go build -trimpath -o $@ ./backend/source/lmstudio/lmstudiotest/fakelmstudio

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json
	./build/setup.sh
	cd frontend && $(NPM) ci --no-audit --no-fund
	touch $@

frontend/dist/index.html: frontend/node_modules/.installed $(shell find frontend/src frontend/public frontend/index.html frontend/*.ts frontend/*.js -type f 2>/dev/null)
	cd frontend && npm run build

# The linters of .golangci.yml, built once from a module of its own, so that none of what
# they are made of is in ours.
bin/golangci-lint: build/tools/go.mod build/tools/go.sum
	cd build/tools && go build -o ../../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

# go vet sees here what golangci-lint is not shown: other builds, and the Mac's.
lint: frontend/dist/index.html bin/golangci-lint
	@bad=$$(gofmt -l *.go backend build cmd e2e trial window store frontend/*.go $(wildcard bench)); [ -z "$$bad" ] || { echo "not formatted: $$bad"; exit 1; }
	@if command -v shellcheck >/dev/null; then shellcheck .ci/run build/*.sh build/*/*.sh; else echo "shellcheck is not here: the scripts were not checked"; fi
	go mod tidy -diff
	bin/golangci-lint run --allow-parallel-runners
	go vet -tags headless ./cmd/... ./backend/face/...
	go vet -tags e2e ./e2e
	GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 go vet ./...

test-frontend: frontend/dist/index.html
	cd frontend && npm run lint && npm run api:check && npm run check && npm run test && npm run size

# In CI what failed is run once more (what passed is remembered): the tests play with real
# processes and clocks on a machine that is shared. The first failure stays in the log, and
# is somebody's work: a test that waits too little, or a race of ours.
ONCE_MORE = [ -n "$$CI" ] && echo "error: the tests above failed; once more, as this is CI" >&2

test-go: frontend/dist/index.html
	go test -timeout 25m ./... || { $(ONCE_MORE) && go test -timeout 25m ./...; }

test-browser: bin/pilotlight bin/fakelmstudio
	cd frontend && npm run e2e:scenes && npm run e2e

# Its desktop is an X server without a screen, so it runs on Linux.
test-window: frontend/dist/index.html
	go vet -tags $(WINDOW_TAGS) . ./window/...
	if [ "$$(uname -s)" = Linux ]; then export PILOTLIGHT_WINDOW_TESTS=1; \
		go test -count=1 ./window/e2e || { $(ONCE_MORE) && go test -count=1 ./window/e2e; }; fi

# Not part of make test: the first run brings 3.7 GB and builds Ollama, and its turns take as
# long as OpenClaw does. OPENCLAW=2026.9.6 brings and plays that one
# alone, RUN=2026.9.6/server_off one scene, RUN=2026.9.6/config the scenes about the
# config, RUN=servers those with real model servers and no other, RUN=servers/litellm
# one of them; PILOTLIGHT_E2E_KEEP=FOLDER keeps what OpenClaw and the servers wrote.
E2E_OPENCLAW = $(or $(OPENCLAW),$(if $(filter servers%,$(RUN)),2026.9.6))
E2E_SERVERS = $(if $(RUN),$(filter servers%,$(RUN)),all)
e2e: bin/pilotlight ## the real OpenClaw: its turns against the fallback history, its verdict on edits of its config, its answers through real model servers
	@command -v npm >/dev/null || { echo "error: npm is missing: install Node"; exit 1; }
	go test -c -tags e2e -o bin/e2e.test ./e2e
	cache=$$(./build/e2e/install.sh $(E2E_OPENCLAW)) && { [ -z "$(E2E_SERVERS)" ] || ./build/e2e/servers.sh >/dev/null; } && \
		PILOTLIGHT_E2E_CACHE="$$cache" PILOTLIGHT_E2E_BIN=bin/pilotlight \
		./bin/e2e.test -test.timeout 120m -test.parallel 3 -test.run '^(TestFallbacks|TestConfig|TestServers)$$/$(or $(RUN),$(and $(OPENCLAW),($(OPENCLAW)|servers)))'

# SEED=n repeats a run, EXAMPLES=n makes it longer, ARGS are schemathesis' own:
# ARGS='--phases coverage' is the quick half of it.
fuzz-api: bin/pilotlight bin/fakelmstudio ## schemathesis against a real agent and its /openapi.json
	./build/api/fuzz.sh $(ARGS)

# Both ask hosts that list what is known to be vulnerable. VULNDB=file://… is a copy of vuln.go.dev.
vuln: frontend/dist/index.html ## what is known of the modules and packages that are built in
	go run golang.org/x/vuln/cmd/govulncheck@v1.8.0 $(if $(VULNDB),-db $(VULNDB)) -tags $(TAGS) ./...
	cd frontend && npm audit --omit=dev

race: ## the Go tests under the race detector; it compiles SQLite once more
	go test -race ./...

# FUZZTIME=10m is for each of them. What they find is kept in testdata/fuzz, which every
# test replays.
FUZZTIME ?= 1m
fuzz: ## gives every parser of outside bytes whatever it does not expect
	for file in $$(grep -rl '^func Fuzz' --include='*_test.go' backend); do \
		for name in $$(sed -n 's/^func \(Fuzz[A-Za-z]*\).*/\1/p' "$$file"); do \
			go test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) "./$$(dirname "$$file")"; \
		done; \
	done

bench: bin/pilotlight bin/pilotlight-headless bin/fakelmstudio bin/pilotlight-window ## prints the figures we hold ourselves to, and writes docs/benchmarks.md; BESIDE=FOLDER has olla and llama-swap to compare with
	go run ./bench -report docs/benchmarks.md -version $(VERSION) $(if $(BESIDE),-beside $(BESIDE))

# See docs/trials.md. make test plays a hundred rounds: go test ./trial/faults.
ROUNDS ?= 1000
SEED ?= 1
LANES ?= 8
faults: bin/pilotlight-headless bin/fakelmstudio ## the real agent while things go wrong: ROUNDS, SEED, LANES, ONLY=kill,clock
	go build -o bin/faults ./trial/faults
	./bin/faults -rounds $(ROUNDS) -seed $(SEED) -lanes $(LANES) $(if $(ONLY),-only $(ONLY))

SOAK ?= 1h
soak: bin/pilotlight-headless bin/fakelmstudio ## the real agent for an hour, or SOAK=10m; WEEK=1 lets a week's happenings pass in it
	go build -o bin/soak ./trial/soak
	./bin/soak -for $(SOAK) $(if $(WEEK),-week)

# make shots SHOTS='--look phone,wide-dark warm paused' takes only these; make shots OUT=FOLDER puts them elsewhere.
OUT ?= bin/shots
shots: bin/pilotlight ## pictures of every page in every state, size and theme, on sheets to look at
	cd frontend && node dev/shots.mjs $(abspath $(OUT)) --real ../bin/pilotlight $(SHOTS)

icons: bin/icons/.made

bin/icons/.made: build/icon.svg $(wildcard build/icon/*.go)
	go run ./build/icon -hicolor bin/icons/hicolor
	touch $@

app: ## Pilotlight.app and its disk image; needs a Mac
	./build/darwin/app.sh

check-app: ## starts the app that make app made, and checks it; needs a Mac
	./build/darwin/check.sh

install: bin/pilotlight icons ## for you in ~/.local, as root in /usr/local; PREFIX and DESTDIR choose otherwise
	./build/linux/install.sh install

uninstall:
	./build/linux/install.sh uninstall

deb: bin/pilotlight bin/pilotlight-window icons ## a Debian package, installed into a scratch root as a check
	./build/linux/deb.sh

# Needs what make deb needs; the macOS part is make app.
release: bin/pilotlight bin/pilotlight-window bin/pilotlight-headless icons ## the Linux files of a release, with their lists of parts and check sums
	./build/release/linux.sh

release-mac: ## the macOS files of a release, after make app; needs a Mac
	./build/release/mac.sh

signing: ## makes a workflow's signing secrets ready; does nothing without
	./build/darwin/signing.sh

draft: ## lays a release's files into a draft on GitHub
	./build/release/draft.sh

reproducible: ## builds the agent twice and compares every byte
	./build/release/twice.sh

clean:
	rm -rf bin frontend/node_modules frontend/dist/assets frontend/dist/index.html
