package tiles

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The limits of a request. A server that trickles is one that is not there.
const (
	maxRequest = time.Minute      // for a file that is read whole
	maxStream  = 10 * time.Minute // for one that is read as it comes
	maxStall   = 15 * time.Second // without a byte
	attempts   = 4
)

// ErrUnavailable says that a server did not give a file, and may give it another time.
var ErrUnavailable = errors.New("the server did not give it")

// URL gives the files below an address, such as https://example.org/log. client is asked for them; nil is one of our own, which follows no redirects to
// other hosts. A file that a server fails to give is asked for a few times.
func URL(base string, client *http.Client) (Files, error) {
	u, err := url.Parse(base)
	switch {
	case err != nil:
		return nil, err
	case (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%q is not the address of a log: http or https, a host and a path", base)
	}
	if client == nil {
		client = newClient()
	}
	return &remote{base: u, client: client, request: maxRequest, stall: maxStall, pause: 200 * time.Millisecond}, nil
}

func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext, TLSHandshakeTimeout: 10 * time.Second,
			ResponseHeaderTimeout: maxStall, IdleConnTimeout: maxRequest, MaxIdleConnsPerHost: 2 * aheadRemote, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
		},
		CheckRedirect: SameHost,
	}
}

var errRedirect = errors.New("it redirects")

// SameHost refuses redirects to another host, or from https to http.
func SameHost(r *http.Request, via []*http.Request) error {
	switch first := via[0].URL; {
	case len(via) > 5:
		return fmt.Errorf("%w without end", errRedirect)
	case r.URL.Host != first.Host || (first.Scheme == "https" && r.URL.Scheme != "https"):
		return fmt.Errorf("%w to %s://%s, which nobody was asked about", errRedirect, r.URL.Scheme, r.URL.Host)
	}
	return nil
}

type remote struct {
	base                  *url.URL
	client                *http.Client
	request, stall, pause time.Duration
	spool                 spool // of entries, which are read again now and then
}

// Open is that of Files. It asks once.
func (r *remote) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	return r.open(ctx, name, maxStream)
}

func (r *remote) open(ctx context.Context, name string, limit time.Duration) (io.ReadCloser, int64, error) {
	if err := CheckName(name); err != nil {
		return nil, 0, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	b := &body{cancel: cancel, ctx: ctx, limit: r.stall}
	b.whole = time.AfterFunc(limit, func() { cancel(fmt.Errorf("%w within %v", ErrUnavailable, limit)) })
	b.stalled = time.AfterFunc(r.stall, func() { cancel(fmt.Errorf("%w: nothing came for %v", ErrUnavailable, r.stall)) })
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base.JoinPath(name).String(), nil)
	if err != nil {
		return nil, 0, errors.Join(err, b.Close())
	}
	answer, err := r.client.Do(request)
	if err != nil {
		err = b.because(err)
		return nil, 0, errors.Join(fmt.Errorf("GET %s: %w", request.URL, err), b.Close())
	}
	b.ReadCloser = answer.Body
	switch code := answer.StatusCode; {
	case code == http.StatusOK:
		return b, answer.ContentLength, nil
	case code == http.StatusNotFound || code == http.StatusGone:
		err = fmt.Errorf("GET %s: %s: %w", request.URL, answer.Status, fs.ErrNotExist)
	case code == http.StatusTooManyRequests || code >= 500:
		err = fmt.Errorf("GET %s: %s: %w", request.URL, answer.Status, ErrUnavailable)
	default:
		err = fmt.Errorf("GET %s: %s", request.URL, answer.Status)
	}
	_ = b.Close()
	return nil, 0, err
}

// read asks a few times, and waits a little longer each time.
func (r *remote) read(ctx context.Context, to []byte, name string, limit int64) ([]byte, error) {
	if data, ok := r.spool.read(to, name); ok && int64(len(data)) <= limit {
		return data, nil
	}
	for attempt := 1; ; attempt++ {
		data, err := readOnce(ctx, to, timed{r}, name, limit)
		if err == nil && strings.HasPrefix(name, entriesPrefix) {
			r.spool.keep(name, data)
		}
		if err == nil || attempt == attempts || !errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
			return data, err
		}
		select {
		case <-time.After(r.pause<<attempt/2 + rand.N(r.pause)):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// timed opens files that are read whole at once.
type timed struct{ *remote }

// Open is that of Files.
func (t timed) Open(ctx context.Context, name string) (io.ReadCloser, int64, error) {
	return t.open(ctx, name, t.request)
}

// Close is that of Files.
func (r *remote) Close() error {
	r.client.CloseIdleConnections()
	return r.spool.close()
}

// body is an answer that is cut off when nothing comes for too long.
type body struct {
	io.ReadCloser
	ctx            context.Context
	cancel         context.CancelCauseFunc
	limit          time.Duration
	whole, stalled *time.Timer
}

// Read is that of io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 {
		b.stalled.Reset(b.limit)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.because(err)
	}
	return n, err
}

// because gives the reason for an error: ours, where we cut it off. Whatever a network does may go better another time.
func (b *body) because(err error) error {
	var op net.Error
	switch cause := context.Cause(b.ctx); {
	case cause != nil:
		return cause
	case errors.Is(err, errRedirect):
		return err
	case errors.As(err, &op), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), strings.Contains(err.Error(), "connection reset"):
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// Close is that of io.Closer.
func (b *body) Close() error {
	b.whole.Stop()
	b.stalled.Stop()
	b.cancel(nil)
	if b.ReadCloser == nil {
		return nil
	}
	return b.ReadCloser.Close()
}
