package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What could not be checked is no pass.
func TestCouldNotCheck(t *testing.T) {
	t.Parallel()
	d := newDaybook(t)
	for _, path := range []string{"/v1/views", "/v1/views/country?", "/v1/views/statement?", "/v1/events"} {
		for name, body := range map[string]string{
			"no JSON": "<html>", "cut": `{"views":[{"vi`, "another form": `[]`, "empty": ``, "says nothing": `{}`, "null": `null`,
			"another view": `{"view":"other","version":1,"position":0,"documents":[]}`, "no documents": `{"view":"country","version":1,"position":0}`,
		} {
			code, out, errs := audited(t, d.between(func(p, b string) string {
				if strings.HasPrefix(p, path) && (path != "/v1/views" || p == path) {
					return body
				}
				return b
			}))
			require.Equal(t, exitUnknown, code, "%s %s: %s", path, name, out)
			require.Contains(t, errs, "could not check")
			require.Empty(t, out)
		}
		code, _, errs := audited(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.RequestURI(), path) {
				http.Error(w, "no", http.StatusInternalServerError)
				return
			}
			d.handler.ServeHTTP(w, r)
		}))
		require.Equal(t, exitUnknown, code, path)
		require.Contains(t, errs, "500")
	}
	for name, change := range map[string]func(done *bool) func(path, body string) string{
		"a view of another version": func(done *bool) func(string, string) string {
			return cut(done, "/v1/views/country?", regexp.MustCompile(`"view":"country","version":\d+`), `"view":"country","version":99`)
		},
		"a view that nobody knows": func(done *bool) func(string, string) string {
			return cut(done, "/v1/views", regexp.MustCompile(`"views":\[`), `"views":[{"view":"opinions","version":1,"position":1},`)
		},
		"an unknown event": func(done *bool) func(string, string) string {
			return cut(done, "/v1/events", regexp.MustCompile(`"type":"edition-opened.v1"`), `"type":"edition-opened.v9"`)
		},
		"a broken id": func(done *bool) func(string, string) string {
			return cut(done, "/v1/events", regexp.MustCompile(`"id":"....`), `"id":"zzzz`)
		},
		"pages for ever": func(done *bool) func(string, string) string {
			return cut(done, "/v1/views/country?", regexp.MustCompile(`\}\s*$`), `,"next":"/v1/views/country?x"}`)
		},
	} {
		done := false
		code, out, errs := audited(t, d.between(change(&done)))
		require.True(t, done, name)
		require.Equal(t, exitUnknown, code, "%s: %s", name, out)
		require.Contains(t, errs, "could not check")
	}
	// One page for ever.
	first := ""
	code, _, errs := audited(t, d.between(func(path, body string) string {
		if !strings.HasPrefix(path, "/v1/views/country?") {
			return body
		}
		if first == "" {
			first = strings.TrimSuffix(strings.TrimSpace(body), "}") + `,"next":"/v1/views/country?x"}`
		}
		return first
	}))
	require.Equal(t, exitUnknown, code)
	require.Contains(t, errs, "no end")

	// A view that is not served is not checked.
	code, _, _ = audited(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/views/lineage") {
			http.NotFound(w, r)
			return
		}
		d.handler.ServeHTTP(w, r)
	}))
	require.Equal(t, exitUnknown, code)
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	var errs strings.Builder
	for _, url := range []string{s.URL, "127.0.0.1", "ftp://127.0.0.1", "://", "http://127.0.0.1:0"} {
		require.Equal(t, exitUnknown, run(t.Context(), []string{"replay", url}, io.Discard, &errs), url)
	}
	require.Contains(t, errs.String(), "could not check")

	// Interrupted while a server says nothing.
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.Equal(t, exitUnknown, run(ctx, []string{"replay", silent.URL}, io.Discard, io.Discard))
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{}, {"audit"}, {"verify", "http://x"}, {"verify", "--key", "k+1+AA=="}, {"verify", "x", "--key", "no key"}, {"verify", "x", "--key", "k", "--fresh", "soon"},
		{"replay"}, {"replay", "http://x", "http://y"}, {"replay", "http://x", "-o", "xml"}, {"replay", "--no-such", "http://x"}, {"replay", "http://x", "--key", "k"},
		{"receipt", "--key", "k"}, {"trace", "rc_1"}, {"compare"},
	} {
		var out, errs strings.Builder
		require.Equal(t, exitUnknown, run(t.Context(), args, &out, &errs), "%q", args)
		require.Contains(t, errs.String(), "auditor", "%q", args)
		require.Empty(t, out.String())
	}
	for _, args := range [][]string{{"help"}, {"-h"}, {"help", "verify"}, {"verify", "-h"}, {"trace", "--help"}} {
		var out, errs strings.Builder
		require.Equal(t, exitVerified, run(t.Context(), args, &out, &errs), "%q", args)
		require.Contains(t, out.String(), "Exit codes: 0 ")
		require.Empty(t, errs.String())
	}
	d := newDaybook(t)
	s := httptest.NewServer(d.handler)
	defer s.Close()
	for _, args := range [][]string{{"replay", "-o", "json", s.URL}, {"replay", s.URL + "/", "-o=json"}} {
		var out strings.Builder
		require.Equal(t, exitVerified, run(t.Context(), args, &out, io.Discard), "%q", args)
		require.True(t, json.Valid([]byte(out.String())))
	}
}
