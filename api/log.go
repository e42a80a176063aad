package api

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"daybook.internal/notary/publish"
)

// logFile is a file of a published log (https://c2sp.org/tlog-tiles): the head and the archived ones, the policy, tiles and entries, full and partial ones.
// Nothing else of the folder is served.
var logFile = regexp.MustCompile(`^(?:checkpoint|policy|checkpoints/[0-9]{1,19}|tile/(?:entries|[0-9]{1,2})/(?:x[0-9]{3}/){0,6}[0-9]{3}(?:\.p/[0-9]{1,3})?)$`)

var errNoLog = &problemError{http.StatusNotFound, "no-log", "this server publishes no log"}

// getLog serves the published log as the static files that it is. What never changes may be kept for ever; partial tiles make way for full ones.
func (s *server) getLog(w http.ResponseWriter, r *http.Request) {
	name := chi.URLParam(r, "*")
	switch {
	case s.Published == nil:
		s.problem(w, r, errNoLog)
		return
	case name == "":
		s.aboutLog(w, r)
		return
	case !logFile.MatchString(name):
		s.problem(w, r, errNoRoute)
		return
	}
	root, err := os.OpenRoot(s.Published.Dir())
	if errors.Is(err, fs.ErrNotExist) {
		err = publish.ErrNothing
	}
	if err != nil {
		s.problem(w, r, err)
		return
	}
	defer func() { _ = root.Close() }() // it was read only
	files := root.FS()
	info, err := fs.Stat(files, name)
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = &problemError{http.StatusNotFound, "not-found", "the log has no such file; of a partial tile, the full one may have taken the place"}
	}
	if err != nil {
		s.problem(w, r, err)
		return
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if !strings.HasPrefix(name, "tile/") {
		s.serveHead(w, r, files, name)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", cacheForEver)
	if strings.Contains(name, ".p/") {
		w.Header().Set("Cache-Control", "public, max-age=3600")
	}
	http.ServeFileFS(w, r, files, name)
}

// serveHead serves what may be replaced. Its version is told by what is in it: a time in seconds would not tell two heads of one second apart.
func (s *server) serveHead(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		s.problem(w, r, err)
		return
	}
	digest := sha256.Sum256(data)
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, digest[:16]))
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
}

type logAnswer struct {
	Origin     string `json:"origin"`
	Key        string `json:"key"`
	Size       int64  `json:"size"`
	Root       string `json:"root,omitempty"`
	Checkpoint string `json:"checkpoint"`
	Format     string `json:"format"`
}

// aboutLog says whose log this is and how far it goes.
func (s *server) aboutLog(w http.ResponseWriter, r *http.Request) {
	answer := logAnswer{Origin: s.Published.Origin(), Key: s.Published.Key(), Checkpoint: "/log/checkpoint", Format: "https://c2sp.org/tlog-tiles"}
	switch head, _, err := s.Published.Published(); {
	case err == nil:
		answer.Size, answer.Root = head.Size, head.Root.String()
	case !errors.Is(err, publish.ErrNothing):
		s.problem(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	s.writeJSON(w, r, http.StatusOK, answer)
}
