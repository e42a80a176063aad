package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"time"

	"daybook.internal/access"
	"daybook.internal/access/bearer"
	"daybook.internal/commands"
)

// ndjson is the media type of files of commands and of their answers.
const ndjson = "application/x-ndjson"

// runFile runs a file of commands and answers each line as soon as it is run. Nothing is run before all of the file has come: a file whose upload
// breaks off has done nothing, and clients that send everything before they read anything are served, too.
func (s *server) runFile(w http.ResponseWriter, r *http.Request) {
	f, atomic, err := s.receiveFile(w, r)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	defer f.Close()
	ctx, done, err := s.lead(r.Context())
	if err != nil {
		s.problem(w, r, err)
		return
	}
	defer done()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if s.Stopping != nil {
		defer context.AfterFunc(s.Stopping, stop)()
	}
	admit := s.admission(r)
	answers, status := s.Service.RunLinesIf(ctx, f, admit), http.StatusOK
	if atomic {
		all, accepted, err := s.Service.RunAtomicIf(ctx, f, admit)
		if err != nil {
			s.problem(w, r, err)
			return
		}
		if answers = all; !accepted {
			status = http.StatusUnprocessableEntity
		}
	}
	w.Header().Set("Content-Type", ndjson)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	control, enc := http.NewResponseController(w), json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for a, err := range answers {
		if err != nil {
			a.Detail = s.fault(r.Context(), err).Detail
		}
		_ = control.SetWriteDeadline(time.Now().Add(writePatience)) // for each answer: a long file takes long
		if enc.Encode(a) != nil || control.Flush() != nil {
			return // nobody listens; what is not run is run when the file is sent again
		}
	}
}

// receiveFile keeps the body where it can be read twice.
func (s *server) receiveFile(w http.ResponseWriter, r *http.Request) (f io.ReadSeekCloser, atomic bool, err error) {
	if err := s.admit(r); err != nil {
		return nil, false, err
	}
	if p, has := bearer.From(r.Context()); !s.believes(r) && (!has || p.Subject == "") { // before 64 MiB are taken from anybody
		_, err := access.Decide(p, "", "run a file", access.Scope{})
		if denied, ok := errors.AsType[*access.Denied](err); ok {
			denied.Because = "a file of commands needs a token, and each line one that may"
			s.denied(r.Context(), denied)
			err = &deniedError{denied, !has}
		}
		return nil, false, err
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != ndjson {
		return nil, false, &problemError{
			http.StatusUnsupportedMediaType, "unsupported-media-type", "a file of commands is sent as " + ndjson + "; a single command goes to /v1/commands/{name}",
		}
	}
	switch r.URL.Query().Get("atomic") {
	case "", "false":
	case "true":
		atomic = true
	default:
		return nil, false, &problemError{http.StatusBadRequest, "bad-request", "atomic is true or false"}
	}
	f, err = commands.Spool(patient{http.MaxBytesReader(w, r.Body, MaxFile), http.NewResponseController(w)})
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, os.ErrDeadlineExceeded) {
		err = &problemError{http.StatusBadRequest, "bad-request", "the file did not come whole; nothing of it was run"}
	}
	return f, atomic, err
}

// patient gives a slow network time as long as something comes.
type patient struct {
	in      io.Reader
	control *http.ResponseController
}

func (p patient) Read(b []byte) (int, error) {
	_ = p.control.SetReadDeadline(time.Now().Add(readPatience)) // where there are deadlines
	return p.in.Read(b)
}

func noCommand(name string) error {
	return &problemError{http.StatusNotFound, "not-found", fmt.Sprintf("there is no command %q; GET /v1/commands lists them", name)}
}
