package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/api"
	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/readstore/storetest"
	"daybook.internal/vault"
)

// sealed is a vault in memory: nobody here asks for words, but coders want them to be there.
type sealed map[vault.Place]vault.Opening

func (v sealed) Seal(_ context.Context, words ...vault.Words) (out []domain.Commitment, _ error) {
	for _, w := range words {
		v[w.Place] = vault.Opening{Place: w.Place, Subject: w.Subject, Words: w.Words}
		out = append(out, v[w.Place].Commitment())
	}
	return out, nil
}
func (v sealed) Open(_ context.Context, at vault.Place) (vault.Opening, error) {
	o, ok := v[at]
	if !ok {
		return o, vault.ErrNotFound
	}
	return o, nil
}

func (sealed) Erase(context.Context, ...vault.Place) error { return nil }

func (sealed) Close() error { return nil }

// daybook is an honest server with the demo dialogue in it.
type daybook struct {
	*commands.Service
	projector *readstore.Projector
	handler   http.Handler
}

func newDaybook(t *testing.T) *daybook {
	t.Helper()
	l, store := ledgertest.NewMemory(), storetest.NewMemory()
	d := &daybook{Service: &commands.Service{Ledger: l, Vault: sealed{}, Now: time.Now}}
	f, err := os.Open("../daybook/demo.ndjson")
	require.NoError(t, err)
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var line struct {
			Command, Name, Actor string
			Content              json.RawMessage
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &line))
		c, ok := commands.ByName(line.Name)
		require.True(t, ok)
		actor, err := domain.ParseActor(line.Actor)
		require.NoError(t, err)
		_, err = c.Run(context.Background(), d.Service, commands.By{Command: line.Command, Actor: actor}, line.Content)
		require.NoError(t, err)
	}
	d.projector = readstore.NewProjector(l, store, projections.All(), readstore.Options{})
	require.NoError(t, d.projector.CatchUp(context.Background(), nil))
	d.handler = api.Handler(api.Config{
		Service: d.Service, Store: store, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Ready: func(context.Context) error { return nil },
	})
	return d
}

// place is where the record of a command stands; no command is the place after the last record.
func (d *daybook) place(t *testing.T, command string) (n int) {
	t.Helper()
	for e, err := range d.Ledger.All(t.Context(), ledger.Cursor{}) {
		require.NoError(t, err)
		f, err := e.Decode()
		require.NoError(t, err)
		if f.Meta.Command == command {
			return int(f.Seq)
		}
		n++
	}
	return n
}

// between changes what a server answers to some paths.
func (d *daybook) between(change func(path string, body string) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		r = r.Clone(r.Context())
		r.Header.Del("Accept-Encoding") // changed are the bytes as they are
		d.handler.ServeHTTP(rec, r)
		body := change(r.URL.RequestURI(), rec.Body.String())
		w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
		w.WriteHeader(rec.Code)
		_, _ = io.WriteString(w, body)
	})
}

// audited runs the program against a handler.
func audited(t *testing.T, h http.Handler, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	var out, err bytes.Buffer
	code = run(t.Context(), append([]string{"replay", s.URL}, args...), &out, &err)
	return code, out.String(), err.String()
}

// edit replaces the only place where old stands in the answers to paths with a prefix, and notes that it did.
func edit(done *bool, prefix, old, new string) func(path, body string) string {
	return func(path, body string) string {
		if !strings.HasPrefix(path, prefix) || strings.Count(body, old) != 1 {
			return body
		}
		*done = true
		return strings.Replace(body, old, new, 1)
	}
}
