package edge

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// bodies reads request bodies that are compressed where they may be, and refuses them everywhere else: nobody shall take encoded bytes for what they say, or let a small body become a
// large one.
type bodies struct {
	problem Problem
	files   func(*http.Request) bool
	most    int64
}

func (b bodies) decoded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		coding := strings.ToLower(strings.TrimSpace(strings.Join(r.Header.Values("Content-Encoding"), ",")))
		if coding == "" || coding == "identity" {
			next.ServeHTTP(w, r)
			return
		}
		if b.files == nil || !b.files(r) || (coding != "gzip" && coding != "zstd") {
			offer := "identity"
			if b.files != nil && b.files(r) {
				offer = "gzip, zstd"
			}
			w.Header().Set("Accept-Encoding", offer) // RFC 9110, 15.5.16
			b.problem(w, r, http.StatusUnsupportedMediaType, "unsupported-encoding", "a command is sent as it is; a file of commands may be compressed with gzip or zstd, in one layer")
			return
		}
		body := http.MaxBytesReader(w, r.Body, b.most) // of the encoded bytes, too
		decoded, err := decoder(coding, body)
		if err != nil {
			b.problem(w, r, http.StatusBadRequest, "bad-request", "the body is no "+coding)
			return
		}
		defer func() { _ = decoded.Close() }()
		with := r.Clone(r.Context())
		with.Header.Del("Content-Encoding")
		with.Header.Del("Content-Length")
		with.ContentLength = -1
		with.Body = struct {
			io.Reader
			io.Closer
		}{&limited{decoded, b.most, b.most}, r.Body}
		next.ServeHTTP(w, with)
	})
}

func decoder(coding string, from io.Reader) (io.ReadCloser, error) {
	if coding == "gzip" {
		return gzip.NewReader(from)
	}
	z, err := zstd.NewReader(from, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(8<<20)) // RFC 9659: 8 MiB
	if err != nil {
		return nil, err
	}
	return z.IOReadCloser(), nil
}

// limited reads up to a number of bytes; the next one is an *http.MaxBytesError, as with a body that is not compressed.
type limited struct {
	from       io.Reader
	left, most int64
}

func (l *limited) Read(b []byte) (int, error) {
	if l.left < 0 {
		return 0, &http.MaxBytesError{Limit: l.most}
	}
	if int64(len(b)) > l.left+1 {
		b = b[:l.left+1]
	}
	n, err := l.from.Read(b)
	if l.left -= int64(n); l.left < 0 {
		return n + int(l.left), &http.MaxBytesError{Limit: l.most}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		var large *http.MaxBytesError
		if !errors.As(err, &large) {
			err = errors.Join(io.ErrUnexpectedEOF, err) // the file did not come whole
		}
	}
	return n, err
}
