# Two commands are all that is needed: make run, make test.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
# Vite's packages install with npm 11; older ones miss their native parts.
NPM := $(shell v=$$(npm --version 2>/dev/null); if [ "$${v%%.*}" -ge 11 ] 2>/dev/null; then echo npm; else echo npx --yes npm@11.19.1; fi)
GO_SOURCES := $(shell find backend cmd store frontend -name '*.go' -not -path '*/node_modules/*') go.mod go.sum

.PHONY: build run demo test test-go test-frontend test-browser lint bench race clean

build: bin/pilotlight

run: bin/pilotlight ## builds everything and starts the agent, or the demo where there is no LM Studio
	exec ./bin/pilotlight agent --demo-if-new

demo: bin/pilotlight
	exec ./bin/pilotlight demo

test: ## everything that can be tested here
	./build/setup.sh test
	$(MAKE) lint test-frontend test-go test-browser

bin/pilotlight: frontend/dist/index.html $(GO_SOURCES)
	go build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/pilotlight

# Without the menu bar, and so without GTK: for servers.
bin/pilotlight-headless: frontend/dist/index.html $(GO_SOURCES)
	go build -tags headless -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/pilotlight

bin/fakelmstudio: $(GO_SOURCES)
	go build -trimpath -o $@ ./backend/source/lmstudio/lmstudiotest/fakelmstudio

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json
	./build/setup.sh
	cd frontend && $(NPM) ci --no-audit --no-fund
	touch $@

frontend/dist/index.html: frontend/node_modules/.installed $(shell find frontend/src frontend/public frontend/index.html frontend/*.ts frontend/*.js -type f 2>/dev/null)
	cd frontend && npm run build

lint: frontend/dist/index.html
	@bad=$$(gofmt -l backend cmd store frontend/*.go $(wildcard bench)); [ -z "$$bad" ] || { echo "not formatted: $$bad"; exit 1; }
	go vet ./...
	go vet -tags headless ./cmd/... ./backend/face/...
	GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 go vet ./...

test-frontend: frontend/dist/index.html
	cd frontend && npm run api:check && npm run check && npm run test && npm run size

test-go: frontend/dist/index.html
	go test ./...

test-browser: bin/pilotlight bin/fakelmstudio
	cd frontend && npm run e2e:scenes && npm run e2e

race: ## the Go tests under the race detector; it compiles SQLite once more
	go test -race ./...

bench: bin/pilotlight bin/pilotlight-headless bin/fakelmstudio ## prints the figures we hold ourselves to
	go run ./bench

clean:
	rm -rf bin frontend/node_modules frontend/dist/assets frontend/dist/index.html
