package witness

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// The limits of a server, besides MaxRequest: how long a client may take, and how many are served at once.
const (
	maxHeader    = 16 << 10
	maxAtOnce    = 64
	readTimeout  = 15 * time.Second
	writeTimeout = 30 * time.Second
	idleTimeout  = 2 * time.Minute
)

// typeSize is the type of an answer that says at which size the witness is.
const typeSize = "text/x.tlog.size"

// NewServer puts the limits of size and time around a handler.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, MaxHeaderBytes: maxHeader, ReadHeaderTimeout: readTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
	}
}

// Handler serves a witness:
//
//	POST /add-checkpoint           a Request; the answer is the line of the cosignature
//	GET  /<hash>/checkpoint        the last checkpoint of a log that was cosigned; hash: SHA-256 of its origin in hex
//	GET  /                         who the witness is and what it watches, in words
//
// It logs what the one who runs the witness should know: failures of the disk, and logs that show two pasts. nil logs nothing.
func Handler(w *Witness, log *slog.Logger) http.Handler {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &server{w, log, make(chan struct{}, maxAtOnce)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", s.addCheckpoint)
	mux.HandleFunc("GET /{hash}/checkpoint", s.checkpoint)
	mux.HandleFunc("GET /{$}", s.about)
	return mux
}

type server struct {
	witness *Witness
	log     *slog.Logger
	atOnce  chan struct{}
}

func (s *server) addCheckpoint(rw http.ResponseWriter, r *http.Request) {
	select {
	case s.atOnce <- struct{}{}:
		defer func() { <-s.atOnce }()
	default:
		rw.Header().Set("Retry-After", "1")
		answer(rw, http.StatusServiceUnavailable, "too many ask at once; ask again in a second")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, MaxRequest))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		answer(rw, http.StatusRequestEntityTooLarge, fmt.Sprintf("a request has at most %d bytes", MaxRequest))
		return
	case err != nil:
		answer(rw, http.StatusBadRequest, "the request did not arrive whole")
		return
	}
	request, err := ParseRequest(body)
	var line []byte
	if err == nil {
		line, err = s.witness.Add(request)
	}
	var conflict *ConflictError
	switch {
	case err == nil:
		send(rw, http.StatusOK, "text/plain; charset=utf-8", string(line))
	case errors.As(err, &conflict):
		send(rw, http.StatusConflict, typeSize, fmt.Sprintf("%d\n", conflict.Size))
	case errors.Is(err, ErrMalformed):
		answer(rw, http.StatusBadRequest, err.Error())
	case errors.Is(err, ErrUnsigned):
		answer(rw, http.StatusForbidden, ErrUnsigned.Error())
	case errors.Is(err, ErrUnknownLog):
		answer(rw, http.StatusNotFound, ErrUnknownLog.Error())
	case errors.Is(err, ErrInconsistent):
		origin, _, _ := strings.Cut(string(request.Checkpoint), "\n")
		s.log.WarnContext(r.Context(), "a log asked for a cosignature of a head that does not continue its last one", "log", origin, "problem", err)
		answer(rw, http.StatusUnprocessableEntity, ErrInconsistent.Error())
	default:
		s.log.ErrorContext(r.Context(), "nothing was cosigned", "problem", err)
		answer(rw, http.StatusInternalServerError, "the witness cannot cosign now")
	}
}

func (s *server) checkpoint(rw http.ResponseWriter, r *http.Request) {
	for _, l := range s.witness.Logs() {
		if originHash(l.Origin) == r.PathValue("hash") && l.Signed != nil {
			send(rw, http.StatusOK, "text/plain; charset=utf-8", string(l.Signed))
			return
		}
	}
	answer(rw, http.StatusNotFound, "nothing was cosigned of a log whose origin has this hash")
}

func (s *server) about(rw http.ResponseWriter, _ *http.Request) {
	var b strings.Builder
	fmt.Fprintf(&b, "This is a witness (https://c2sp.org/tlog-witness). It cosigns a head of a log only if that continues the head it cosigned before.\n\nKey:\n  %s\n\nLogs:\n", s.witness.Key())
	for _, l := range s.witness.Logs() {
		fmt.Fprintf(&b, "  %s\n", l.Origin)
		if l.Signed == nil {
			fmt.Fprintf(&b, "    nothing cosigned yet\n")
			continue
		}
		fmt.Fprintf(&b, "    size %d, cosigned %s: /%s/checkpoint\n", l.Size, time.Unix(l.Time, 0).UTC().Format(time.RFC3339), originHash(l.Origin))
	}
	send(rw, http.StatusOK, "text/plain; charset=utf-8", b.String())
}

func answer(rw http.ResponseWriter, status int, words string) {
	send(rw, status, "text/plain; charset=utf-8", words+"\n")
}

func send(rw http.ResponseWriter, status int, kind, text string) {
	rw.Header().Set("Content-Type", kind)
	rw.Header().Set("X-Content-Type-Options", "nosniff")
	rw.WriteHeader(status)
	_, _ = io.WriteString(rw, text)
}
