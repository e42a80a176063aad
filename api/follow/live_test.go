package follow

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/projections"
)

// serve serves moving views.
func serve(t *testing.T, change func(*Options), configure ...func(*httptest.Server)) (*moving, string) {
	t.Helper()
	m := begin(7, change)
	s := httptest.NewUnstartedServer(m.live)
	for _, c := range configure {
		c(s)
	}
	s.Start()
	t.Cleanup(func() { m.stop(); s.Close() })
	return m, s.URL
}

// client is one that listens.
type client struct {
	t    require.TestingT
	resp *http.Response
	in   *bufio.Reader
	last string // Last-Event-ID
}

func listen(t require.TestingT, ctx context.Context, url string, headers ...string) *client {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	return &client{t: t, resp: resp, in: bufio.NewReader(resp.Body)}
}

// block reads one block.
func (c *client) block() (string, error) {
	var b strings.Builder
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return "", err
		}
		b.WriteString(line)
		if line == "\n" {
			return b.String(), nil
		}
	}
}

// next is the next event.
func (c *client) next() heard {
	for {
		block, err := c.block()
		require.NoError(c.t, err)
		events, id := parse(c.t, block)
		if id != "" {
			c.last = id
		}
		if len(events) == 1 {
			return events[0]
		}
	}
}

var (
	fr = projections.Ref{View: "country", Key: "FR"}
	ke = projections.Ref{View: "country", Key: "KE"}
)

func TestListen(t *testing.T) {
	t.Parallel()
	m, url := serve(t, nil)
	m.settle()
	c := listen(t, t.Context(), url+"?view=country")
	require.Equal(t, http.StatusOK, c.resp.StatusCode)
	require.Equal(t, "text/event-stream", c.resp.Header.Get("Content-Type"))
	require.Equal(t, "no", c.resp.Header.Get("X-Accel-Buffering"))
	require.Equal(t, "no-store", c.resp.Header.Get("Cache-Control"))
	block, err := c.block()
	require.NoError(t, err)
	require.Equal(t, "retry: 2000\n\n", block)
	block, err = c.block()
	require.NoError(t, err)
	mark := filter{views: "country"}.mark()
	require.Equal(t, "id: 7-"+mark+"\nevent: position\ndata: {\"position\":7}\n\n", block)
	one := listen(t, t.Context(), url+"?view=country&key=FR")
	one.next()
	m.step(9, fr, ke)
	block, err = c.block()
	require.NoError(t, err)
	require.Equal(t, "id: 9-"+mark+"\nevent: changed\ndata: {\"position\":9,\"changed\":[{\"view\":\"country\",\"key\":\"FR\"},{\"view\":\"country\",\"key\":\"KE\"}]}\n\n", block)
	require.Equal(t, []LiveRef{{"country", "FR"}}, one.next().data.Changed)
	m.settle()
	m.step(10, projections.Ref{View: "global", Key: "ed_1"})
	m.settle()
	m.step(11, ke)
	require.Equal(t, heard{"11", "changed", LiveEvent{11, []LiveRef{{"country", "KE"}}}}, c.next())

	// Who comes back is told what it has missed, once.
	m.settle()
	back := listen(t, t.Context(), url+"?view=country", "Last-Event-ID", "7")
	e := back.next()
	require.Equal(t, "11", e.id)
	require.ElementsMatch(t, []LiveRef{{"country", "FR"}, {"country", "KE"}}, e.data.Changed)
	require.Equal(t, []LiveRef{{"country", "KE"}}, listen(t, t.Context(), url+"?view=country&after=9").next().data.Changed)
	uptodate := listen(t, t.Context(), url+"?view=country&country=FR", "Last-Event-ID", "9")
	m.step(12, fr)
	require.Equal(t, heard{"12", "changed", LiveEvent{12, []LiveRef{{"country", "FR"}}}}, uptodate.next())

	require.Equal(t, "12", c.next().id)

	// Where it cannot be known what was missed, that is said: here are fewer records, and those were other forms of the documents.
	for _, id := range []string{"9999-" + mark, "9999", "9-00000000"} {
		m.settle()
		require.Equal(t, heard{"12", "reset", LiveEvent{12, []LiveRef{{View: "country"}}}}, listen(t, t.Context(), url+"?view=country", "Last-Event-ID", id).next())
	}
	m.at = 20 // by another process
	m.docs.change(20, ke)
	m.step(22, fr)
	require.Equal(t, heard{"22", "changed", LiveEvent{22, []LiveRef{{"country", "FR"}, {"country", "KE"}}}}, c.next(), "the store knows")
	m.settle()
	m.docs.broken(errors.New("away"))
	m.at = 23
	m.step(24, fr)
	require.Equal(t, heard{"24", "reset", LiveEvent{24, []LiveRef{{View: "country"}}}}, c.next(), "nobody knows")
	require.Equal(t, heard{"24", "reset", LiveEvent{24, []LiveRef{{View: "country"}}}}, listen(t, t.Context(), url+"?view=country", "Last-Event-ID", "23-"+mark).next())
	m.docs.broken(nil)
	require.Equal(t, heard{"24", "changed", LiveEvent{24, []LiveRef{{"country", "FR"}}}}, listen(t, t.Context(), url+"?view=country", "Last-Event-ID", "23-"+mark).next())

	// Many changes are told by view.
	m.settle()
	var many []projections.Ref
	for i := range 3 * maxRefs {
		many = append(many, projections.Ref{View: "statement", Key: fmt.Sprint("dl_FR/", i)})
	}
	all := listen(t, t.Context(), url)
	all.next()
	m.step(30, append(many, fr)...)
	require.Equal(t, []LiveRef{{View: "statement"}, {View: "country"}}, all.next().data.Changed)
}

func TestRefused(t *testing.T) {
	t.Parallel()
	m, url := serve(t, func(o *Options) {
		o.Allowed = func(r *http.Request, view string) error {
			if view == "lineage" && r.Header.Get("Authorization") == "" {
				return errNotAllowed
			}
			return nil
		}
	})
	m.settle()
	resp, err := http.Get(url + "?view=country&view=lineage")
	require.NoError(t, err)
	require.Equal(t, http.StatusInternalServerError, resp.StatusCode, "as Fail has it")
	require.NoError(t, resp.Body.Close())
	for _, c := range []struct {
		query  string
		status int
		name   string
	}{
		{"?view=opinions", 404, "not-found"},
		{"?view=country&view=result", 400, "bad-request"},
		{"?view=result", 404, "not-found"}, // no measures here
		{"?key=FR", 400, "bad-request"},
		{"?view=country&key=FR&key=KE", 400, "bad-request"},
		{"?view=country&country=France", 400, "bad-request"},
		{"?view=global&country=FR", 400, "bad-request"},
		{"?view=country&limit=1", 400, "bad-request"},
		{"?view=country&after=now", 400, "bad-request"},
		{"?view=country&after=-1", 400, "bad-request"},
		{"?view=country&after=1-", 400, "bad-request"},
		{"?view=country&after=9223372036854775808", 400, "bad-request"},
		{"?view=country&key=" + strings.Repeat("x", maxKey+1), 400, "bad-request"},
	} {
		resp, err := http.Get(url + c.query)
		require.NoError(t, err)
		b, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, c.status, resp.StatusCode, "%s: %s", c.query, b)
		require.True(t, strings.HasPrefix(string(b), c.name+": "), "%s: %s", c.query, b)
	}
	resp, err = http.Head(url + "?view=country")
	require.NoError(t, err)
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	require.Zero(t, m.live.Streams())
}

// A stream outlives the deadlines of a request, and something comes on it also where nothing happens.
func TestStreamOutlivesDeadlines(t *testing.T) {
	t.Parallel()
	m, url := serve(t, func(o *Options) { o.Beat = 20 * time.Millisecond }, func(s *httptest.Server) {
		s.Config.ReadTimeout, s.Config.WriteTimeout, s.Config.IdleTimeout = 50*time.Millisecond, 50*time.Millisecond, 50*time.Millisecond
	})
	c := listen(t, t.Context(), url+"?view=country")
	c.next()
	for range 10 { // 200 ms
		block, err := c.block()
		require.NoError(t, err)
		require.Equal(t, ": still here\nid: 7-"+filter{views: "country"}.mark()+"\n\n", block)
	}
	m.step(8, fr)
	require.Equal(t, "8", c.next().id)
}

// Limits are those of an address and of all; a seat is free again when its client has left.
func TestSeats(t *testing.T) {
	t.Parallel()
	m, url := serve(t, func(o *Options) {
		o.Limits = Limits{InAll: 5, PerAddress: 2}
		o.Address = func(r *http.Request) string { return r.Header.Get("From") }
	})
	var leave []func()
	status := func(from string) int {
		ctx, cancel := context.WithCancel(t.Context())
		leave = append(leave, cancel)
		return listen(t, ctx, url, "From", from).resp.StatusCode
	}
	require.Equal(t, 200, status("192.0.2.1:1000"))
	require.Equal(t, 200, status("192.0.2.1:1001"))
	require.Equal(t, 429, status("192.0.2.1:1002"))
	require.Equal(t, 429, status("[::ffff:192.0.2.1]:1002"), "the same address in another form")
	require.Equal(t, 200, status("[2001:db8::1]:1"))
	require.Equal(t, 200, status("[2001:db8::2]:1"))
	require.Equal(t, 429, status("[2001:db8::3]:1"), "the same network")
	require.Equal(t, 200, status("127.0.0.1:1"))
	require.Equal(t, 503, status("127.0.0.1:2"))
	require.Equal(t, 503, status("192.0.2.7:1"))
	for _, l := range leave {
		l()
	}
	require.Eventually(t, func() bool { return m.live.Streams() == 0 }, 10*time.Second, time.Millisecond)
	m.live.seats.mu.Lock()
	require.Empty(t, m.live.seats.of)
	m.live.seats.mu.Unlock()
	for range 3 {
		require.Equal(t, 200, status("127.0.0.1:1"))
	}
}

// At the end streams end as they should, and none begins any more; the server can stop.
func TestStop(t *testing.T) {
	t.Parallel()
	m := begin(7, nil)
	s := httptest.NewServer(m.live)
	defer s.Close()
	c := listen(t, t.Context(), s.URL+"?view=country")
	c.next()
	m.stop()
	_, err := c.block()
	require.ErrorIs(t, err, io.EOF, "an end and not a break")
	require.Equal(t, http.StatusServiceUnavailable, listen(t, t.Context(), s.URL).resp.StatusCode)
	require.NoError(t, s.Config.Shutdown(t.Context()))
}

// Before the views are there, a client waits for a while and is told to come back.
func TestNotReady(t *testing.T) {
	t.Parallel()
	l := NewLive(Options{Patience: time.Millisecond})
	w := httptest.NewRecorder()
	l.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/live", nil))
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Zero(t, l.Streams())
}

// narrow is a listener whose connections hold little that is not read.
type narrow struct{ net.Listener }

func (n narrow) Accept() (net.Conn, error) {
	c, err := n.Listener.Accept()
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetWriteBuffer(4096)
	}
	return c, err
}

// A client that does not read is dropped, and the others hear everything meanwhile.
func TestStalledIsDropped(t *testing.T) {
	t.Parallel()
	m, url := serve(t, func(o *Options) { o.Patience = 100 * time.Millisecond }, func(s *httptest.Server) { s.Listener = narrow{s.Listener} })
	good := listen(t, t.Context(), url)
	good.next()
	stalled, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	require.NoError(t, err)
	defer stalled.Close()
	require.NoError(t, stalled.(*net.TCPConn).SetReadBuffer(4096))
	_, err = io.WriteString(stalled, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return m.live.Streams() == 2 }, 10*time.Second, time.Millisecond)
	var long []projections.Ref
	for i := range maxRefs {
		long = append(long, projections.Ref{View: "statement", Key: fmt.Sprint("dl_FR/", strings.Repeat("x", 40), i)})
	}
	for n := 8; m.live.Streams() == 2; n++ {
		m.step(n, long...)
		require.Equal(t, fmt.Sprint(n), good.next().id)
	}
	m.step(m.at+1, fr)
	require.Equal(t, fmt.Sprint(m.at), good.next().id)
	require.Equal(t, 1, m.live.Streams())
}

// pipes is a listener of connections that need no system.
type pipes struct {
	accepted chan net.Conn
	closed   chan struct{}
	close    func()
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.accepted:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error { p.close(); return nil }
func (*pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

func newPipes() *pipes {
	closed := make(chan struct{})
	return &pipes{accepted: make(chan net.Conn), closed: closed, close: sync.OnceFunc(func() { close(closed) })}
}

// TestManyLeave: two thousand clients hear the same bytes, and when they have left, nothing of them is left.
func TestManyLeave(t *testing.T) { // not beside others: goroutines are counted
	const many = 2000
	m := begin(7, func(o *Options) {
		o.Address, o.Patience = func(*http.Request) string { return "127.0.0.1" }, 2*time.Second // a pipe keeps its last deadline until it comes
	})
	defer m.stop()
	p := newPipes()
	server := &http.Server{Handler: m.live}
	serving := make(chan error)
	go func() { serving <- server.Serve(p) }()
	m.settle()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	goroutines := runtime.NumGoroutine()
	leave, heard := make(chan struct{}), make(chan string, many)
	var listening sync.WaitGroup
	for i := range many {
		ours, theirs := net.Pipe()
		p.accepted <- theirs
		listening.Go(func() {
			defer ours.Close()
			fmt.Fprintf(ours, "GET /?view=country&country=%s HTTP/1.1\r\nHost: x\r\n\r\n", []string{"FR", "KE"}[i%2])
			in := bufio.NewReader(ours)
			for {
				line, err := in.ReadString('\n')
				if err != nil || (strings.HasPrefix(line, "HTTP/1.1 ") && !strings.Contains(line, "200")) {
					heard <- fmt.Sprint("not heard: ", line, err)
					return
				}
				if strings.HasPrefix(line, "data: ") && strings.Contains(line, "changed") {
					heard <- line
					<-leave
					return
				}
				if strings.HasPrefix(line, "data: ") {
					heard <- ""
				}
			}
		})
	}
	for range many {
		require.Empty(t, <-heard)
	}
	require.Equal(t, many, m.live.Streams())
	require.Len(t, m.live.views.topics, 2)
	m.step(8, fr, ke)
	said := map[string]int{}
	for range many {
		said[<-heard]++
	}
	require.Equal(t, map[string]int{
		"data: {\"position\":8,\"changed\":[{\"view\":\"country\",\"key\":\"FR\"}]}\n": many / 2,
		"data: {\"position\":8,\"changed\":[{\"view\":\"country\",\"key\":\"KE\"}]}\n": many / 2,
	}, said)
	close(leave)
	listening.Wait()
	require.Eventually(t, func() bool {
		runtime.GC()
		runtime.ReadMemStats(&after)
		return m.live.Streams() == 0 && runtime.NumGoroutine() <= goroutines+3 && after.HeapAlloc < before.HeapAlloc+4<<20
	}, 20*time.Second, 10*time.Millisecond)
	require.Empty(t, m.live.views.topics)
	require.Empty(t, m.live.views.slots)
	require.NoError(t, server.Close())
	require.ErrorIs(t, <-serving, http.ErrServerClosed)
}

// elsewhere is a projector that stands by: it knows how far another process has come.
type elsewhere struct {
	mu    sync.Mutex
	at    uint64
	moved chan struct{}
}

func (e *elsewhere) move(to uint64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.at = to
	close(e.moved)
	e.moved = make(chan struct{})
}

func (e *elsewhere) Position() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.at
}

func (e *elsewhere) Await(ctx context.Context, seq uint64) error {
	for {
		e.mu.Lock()
		at, moved := e.at, e.moved
		e.mu.Unlock()
		if at > seq {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Where another process keeps the views up, clients hear what has changed all the same, a little later; and whoever comes from there is told what is new.
func TestAnotherKeepsUp(t *testing.T) {
	t.Parallel()
	other := &elsewhere{at: 7, moved: make(chan struct{})}
	m, url := serve(t, func(o *Options) { o.Projector = other })
	m.settle()
	c := listen(t, t.Context(), url+"?view=country&key=FR")
	c.next()
	m.docs.change(11, fr, ke)
	other.move(12)
	require.Equal(t, heard{"12", "changed", LiveEvent{12, []LiveRef{{"country", "FR"}}}}, c.next())
	m.docs.change(14, fr)
	other.move(15)
	require.Equal(t, heard{"15", "changed", LiveEvent{15, []LiveRef{{"country", "FR"}}}}, c.next())
	m.at = 15
	m.step(15) // it has caught up
	other.move(16)
	m.step(16, fr)
	require.Equal(t, heard{"16", "changed", LiveEvent{16, []LiveRef{{"country", "FR"}}}}, c.next())
	require.Equal(t, []LiveRef{{"country", "FR"}}, listen(t, t.Context(), url+"?view=country&key=FR", "Last-Event-ID", "13").next().data.Changed)
	require.Equal(t, []LiveRef{{"country", "FR"}, {"country", "KE"}}, listen(t, t.Context(), url+"?view=country", "Last-Event-ID", "8").next().data.Changed)

	// Who was told more than this one knows waits until it knows that, too.
	ahead := make(chan *client)
	go func() { ahead <- listen(t, t.Context(), url+"?view=country", "Last-Event-ID", "17") }()
	other.move(18)
	m.step(18, ke)
	require.Equal(t, heard{"18", "changed", LiveEvent{18, []LiveRef{{"country", "KE"}}}}, (<-ahead).next())
}
