package api

import (
	"crypto/sha256"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// The limits of every connection. There is no write time-out for a whole
// answer, which would cut off loads and events; every single write has one.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	idleTimeout       = 60 * time.Second
	maxHeaderBytes    = 16 << 10
)

// Config is what a Server is made of.
type Config struct {
	Agent     Agent
	History   History
	Dashboard fs.FS            // the built dashboard; nil, or without index.html, when it was not built
	Demo      bool             // the page is told before its first paint that nothing here is real
	Version   string           // the program's
	Token     string           // lets a program in over loopback and is the root of sessions; "" lets nobody in
	ReadToken string           // lets a program in to look and change nothing; "" lets nobody in
	Hosts     []string         // further Host values to accept over loopback, as host:port
	Now       func() time.Time // time.Now when nil
	Log       *slog.Logger     // nothing is logged when nil

	Heartbeat    time.Duration // between signs of life on event streams: at most 15 s, 10 s when 0
	WriteTimeout time.Duration // of a single write to a client: 10 s when 0
}

// Server answers HTTP for the agent. It starts no goroutine of its own.
type Server struct {
	agent        Agent
	history      History
	version      string
	hosts        []string
	now          func() time.Time
	log          *slog.Logger
	heartbeat    time.Duration
	writeTimeout time.Duration

	mux       *http.ServeMux
	refused   map[string]bool // patterns that stand for a method which a path does not take
	api       huma.API
	openAPI   func() []byte
	dashboard *dashboard
	sessions  *sessions
	snapshot  statusCache
	readers   statusCache // for the read-only token
	streams   atomic.Int32
	loopback  atomic.Pointer[string] // the address last given to LoopbackHandler

	ended  chan struct{} // closed by EndStreams
	ending sync.Once
}

// New makes the server. Agent and History must be there.
func New(c Config) *Server {
	s := &Server{
		agent: c.Agent, history: c.History, version: c.Version, hosts: c.Hosts,
		now: c.Now, log: c.Log, heartbeat: c.Heartbeat, writeTimeout: c.WriteTimeout,
		mux: http.NewServeMux(), ended: make(chan struct{}),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.heartbeat <= 0 || s.heartbeat > maxHeartbeat {
		s.heartbeat = defaultHeartbeat
	}
	if s.writeTimeout <= 0 {
		s.writeTimeout = defaultWriteTimeout
	}
	s.sessions = newSessions(c.Token, c.ReadToken, s.now)
	s.readers.alone = true
	s.dashboard = &dashboard{files: c.Dashboard, demo: c.Demo}
	s.routes()
	return s
}

// routes fills the mux: the API through huma, what is no JSON beside it, and
// two patterns that catch the rest.
func (s *Server) routes() {
	s.api = newAPI(s.mux)
	s.register(s.api)
	slim(s.api)
	s.openAPI = sync.OnceValue(OpenAPI)
	s.mux.HandleFunc("GET /openapi.json", s.serveOpenAPI)
	s.mux.Handle("GET /metrics", newMetrics(s.agent, s.version, s.now))
	s.mux.HandleFunc("GET "+openPath, s.serveOpen)
	s.mux.HandleFunc("GET "+styleURL, servePageStyle)
	s.refuseOthers()
	s.mux.HandleFunc("/api/", s.serveUnknown)
	s.mux.HandleFunc("/", s.serveDashboard)
}

func (s *Server) serveOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/openapi+json")
	w.Header().Set("Cache-Control", "no-store")
	// A failed write means that the client left.
	_, _ = w.Write(s.openAPI())
}

// SocketHandler answers on the unix socket, where the file's mode is the guard.
func (s *Server) SocketHandler() http.Handler {
	return s.common(fromSocket(s.mux))
}

// LoopbackHandler answers on addr, a host:port as a listener gives it, to those
// who signed in there.
func (s *Server) LoopbackHandler(addr string) http.Handler {
	s.loopback.Store(&addr)
	return s.common(s.guard(newHosts(addr, s.hosts), s.mux))
}

// HTTPServer is an http.Server with the limits that h needs. Its Shutdown ends
// the event streams of s, which would otherwise never end by themselves.
func (s *Server) HTTPServer(h http.Handler) *http.Server {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	srv.RegisterOnShutdown(s.EndStreams)
	return srv
}

// EndStreams ends every event stream, now and from now on. It may be called
// more than once.
func (s *Server) EndStreams() { s.ending.Do(func() { close(s.ended) }) }

// NewLink makes a one-time sign-in path, /open?code=…, good for ten minutes.
func (s *Server) NewLink() string { return openPath + "?code=" + s.sessions.newCode() }

// digest is what secrets are compared by: equal length whatever was sent.
func digest(s string) [sha256.Size]byte { return sha256.Sum256([]byte(s)) }
