// Fakelmstudio runs the fake LM Studio as a program, for the tests that are not
// written in Go. It prints one line, "ready URL CONTROL_URL", and ends on
// SIGINT or SIGTERM. The control address takes
//
//	POST /do         {"do":"eject","id":"…"}  see lmstudiotest.Action; answers {"id":"…"}
//	GET  /instances  what is in memory
//	GET  /loading    the keys of what is being loaded
//	GET  /requests   {"total":n,"items":[…]}, what clients asked, oldest first
//	GET  /info       the addresses and the version
//
// It is for tests on this machine: the control address asks nobody who they are.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run is main without the process: it serves until the context ends.
func run(ctx context.Context, args []string, out io.Writer) error {
	o := lmstudiotest.Options{Models: lmstudiotest.SmallModels()}
	flags := flag.NewFlagSet("fakelmstudio", flag.ContinueOnError)
	flags.StringVar(&o.Addr, "addr", "", "address of the HTTP server; any free port of 127.0.0.1 when left out")
	flags.StringVar(&o.InternalAddr, "internal", "", "address of the app's internal API port; likewise")
	flags.StringVar(&o.Home, "home", "", "folder to publish the ports in, as LM Studio's home does")
	flags.StringVar(&o.Version, "version", lmstudiotest.DefaultVersion, "version to play")
	flags.StringVar(&o.Token, "token", "", "API token to demand")
	flags.DurationVar(&o.LoadTime, "load-time", 0, "how long a load takes")
	flags.DurationVar(&o.JITTTL, "jit-ttl", 0, "idle time of models loaded by a request; an hour when left out")
	flags.Int64Var(&o.MemoryBytes, "memory", 0, "refuse loads that need more bytes")
	flags.BoolVar(&o.NoJIT, "no-jit", false, "do not load models for requests")
	flags.BoolVar(&o.NoAutoEvict, "no-auto-evict", false, "keep several models loaded by requests")
	flags.BoolVar(&o.NoWebSocket, "no-websocket", false, "speak HTTP only")
	flags.BoolVar(&o.RemainingTTL, "remaining-ttl", false, "list remaining_ttl_seconds")
	demo := flags.Bool("demo-models", false, "large models instead of small ones")
	control := flags.String("control", "127.0.0.1:0", "control address")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *demo {
		o.Models = lmstudiotest.DemoModels()
	}
	fake, err := lmstudiotest.New(o)
	if err != nil {
		return err
	}
	err = serve(ctx, fake, *control, out)
	return errors.Join(err, fake.Close())
}

func serve(ctx context.Context, fake *lmstudiotest.Server, control string, out io.Writer) error {
	listener, err := net.Listen("tcp", control)
	if err != nil {
		return fmt.Errorf("listen on the control address: %w", err)
	}
	server := &http.Server{Handler: handler(fake), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	fmt.Fprintf(out, "ready %s http://%s\n", fake.URL(), listener.Addr())
	select {
	case err = <-ended:
	case <-ctx.Done():
		_ = server.Close()
		err = <-ended
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func handler(fake *lmstudiotest.Server) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /do", func(w http.ResponseWriter, r *http.Request) {
		var a lmstudiotest.Action
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&a); err != nil {
			answer(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		id, err := fake.Do(a)
		if err != nil {
			answer(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		answer(w, http.StatusOK, map[string]string{"id": id})
	})
	mux.HandleFunc("GET /instances", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, fake.Instances())
	})
	mux.HandleFunc("GET /loading", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, fake.Loading())
	})
	mux.HandleFunc("GET /requests", func(w http.ResponseWriter, _ *http.Request) {
		items := fake.Requests()
		if items == nil {
			items = []lmstudiotest.Request{}
		}
		answer(w, http.StatusOK, map[string]any{"total": fake.Count(""), "items": items})
	})
	mux.HandleFunc("GET /info", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{
			"url": fake.URL(), "internal_url": fake.InternalURL(), "internal_port": fake.InternalPort(), "version": fake.Version(),
		})
	})
	return mux
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
