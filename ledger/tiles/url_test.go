package tiles_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger/tiles"
)

// served is a server whose answers a test decides on.
func served(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return s.URL
}

func TestURL(t *testing.T) {
	t.Parallel()
	base := served(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/a/log/tile/0/x001/234.p/5" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, "hashes")
	})
	for _, path := range []string{"/a/log", "/a/log/"} {
		files, err := tiles.Open(base + path)
		require.NoError(t, err)
		data, err := tiles.Read(t.Context(), files, "tile/0/x001/234.p/5", 6)
		require.NoError(t, err)
		require.Equal(t, "hashes", string(data))
		_, err = tiles.Read(t.Context(), files, "tile/0/x001/234.p/5", 5)
		require.ErrorIs(t, err, tiles.ErrTooLarge)
		_, err = tiles.Read(t.Context(), files, "checkpoint", 5)
		require.ErrorIs(t, err, fs.ErrNotExist)
		for _, name := range bad {
			_, _, err := files.Open(t.Context(), name)
			require.ErrorIs(t, err, tiles.ErrName)
		}
		require.NoError(t, files.Close())
	}
	for _, base := range []string{"http://", "http:///log", "https://h/?x=1", "http://h/#x", "http://[::1", "http://h\x00"} {
		_, err := tiles.Open(base)
		require.Error(t, err, base)
	}
}

// Entries that were got once are not asked for again.
func TestSpool(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	base := served(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		_, _ = io.WriteString(w, "answer to "+r.URL.Path)
	})
	files, err := tiles.URL(base, nil)
	require.NoError(t, err)
	for range 3 {
		for _, name := range []string{"tile/entries/000", "tile/entries/x001/000"} {
			data, err := tiles.Read(t.Context(), files, name, 100)
			require.NoError(t, err)
			require.Equal(t, "answer to /"+name, string(data))
		}
		_, err := tiles.Read(t.Context(), files, "tile/entries/000", 5)
		require.ErrorIs(t, err, tiles.ErrTooLarge)
	}
	require.EqualValues(t, 2+3, asked.Load())
	_, err = tiles.Read(t.Context(), files, "checkpoint", 100)
	require.NoError(t, err)
	_, err = tiles.Read(t.Context(), files, "checkpoint", 100)
	require.NoError(t, err)
	require.EqualValues(t, 2+3+2, asked.Load())
	require.NoError(t, files.Close())
	require.NoError(t, files.Close())
}

// A server that has a bad moment is asked again, and one that has no such file is not.
func TestRetry(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	base := served(t, func(w http.ResponseWriter, r *http.Request) {
		switch n := asked.Add(1); {
		case r.URL.Path == "/gone":
			http.Error(w, "no", http.StatusGone)
		case r.URL.Path == "/forbidden":
			http.Error(w, "no", http.StatusForbidden)
		case r.URL.Path == "/never":
			http.Error(w, "no", http.StatusBadGateway)
		case n == 1:
			http.Error(w, "no", http.StatusServiceUnavailable)
		case n == 2:
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		case n == 3:
			panic(http.ErrAbortHandler)
		default:
			_, _ = io.WriteString(w, "head")
		}
	})
	files := tiles.ImpatientURL(base, time.Minute, time.Minute)
	data, err := tiles.Read(t.Context(), files, "checkpoint", 10)
	require.NoError(t, err)
	require.Equal(t, "head", string(data))
	require.EqualValues(t, 4, asked.Load())
	for path, times := range map[string]int32{"gone": 1, "forbidden": 1, "never": 4} {
		asked.Store(10)
		_, err := tiles.Read(t.Context(), files, path, 10)
		require.Error(t, err)
		require.Equal(t, path == "gone", errors.Is(err, fs.ErrNotExist), path)
		require.Equal(t, 10+times, asked.Load(), path)
	}
}

// bomb is 64 MiB of blanks, packed.
var bomb = func() []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	blanks := bytes.Repeat([]byte(" "), 1<<20)
	for range 64 {
		_, _ = w.Write(blanks)
	}
	_ = w.Close()
	return b.Bytes()
}()

// A server decides neither how much is read nor for how long.
func TestHostileServers(t *testing.T) {
	t.Parallel()
	other := served(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "from elsewhere") })
	base := served(t, func(w http.ResponseWriter, r *http.Request) {
		flush := func() { w.(http.Flusher).Flush() }
		switch r.URL.Path {
		case "/endless":
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, strings.Repeat("x", 1<<16))
			}
		case "/packed":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb)
		case "/silent":
			<-r.Context().Done()
		case "/stalls":
			_, _ = io.WriteString(w, "half")
			flush()
			<-r.Context().Done()
		case "/drips":
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "x")
				flush()
				time.Sleep(time.Millisecond)
			}
		case "/elsewhere":
			http.Redirect(w, r, other+"/checkpoint", http.StatusFound)
		case "/around":
			http.Redirect(w, r, "/around", http.StatusFound)
		case "/beside":
			http.Redirect(w, r, "/there", http.StatusFound)
		case "/there":
			_, _ = io.WriteString(w, "here")
		case "/header":
			w.Header().Set("X", strings.Repeat("x", 1<<20))
		}
	})
	for path, want := range map[string]struct {
		stall   time.Duration
		request time.Duration
		err     error
		says    string
	}{
		"endless":   {time.Minute, time.Minute, tiles.ErrTooLarge, "more than"},
		"packed":    {time.Minute, time.Minute, tiles.ErrTooLarge, "more than"},
		"silent":    {20 * time.Millisecond, time.Minute, tiles.ErrUnavailable, "nothing came"},
		"stalls":    {20 * time.Millisecond, time.Minute, tiles.ErrUnavailable, "nothing came"},
		"drips":     {time.Minute, 50 * time.Millisecond, tiles.ErrUnavailable, "within 50ms"},
		"elsewhere": {time.Minute, time.Minute, nil, "which nobody was asked about"},
		"around":    {time.Minute, time.Minute, nil, "without end"},
		"header":    {time.Minute, time.Minute, nil, ""},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			data, err := tiles.Read(t.Context(), tiles.ImpatientURL(base, want.request, want.stall), path, 1<<20)
			require.Error(t, err, "%.20s", data)
			require.ErrorContains(t, err, want.says)
			if want.err != nil {
				require.ErrorIs(t, err, want.err)
			}
		})
	}
	data, err := tiles.Read(t.Context(), tiles.ImpatientURL(base, time.Minute, time.Minute), "beside", 10)
	require.NoError(t, err)
	require.Equal(t, "here", string(data))

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = tiles.Read(ctx, tiles.ImpatientURL(base, time.Minute, time.Minute), "silent", 10)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
