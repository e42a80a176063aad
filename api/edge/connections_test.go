package edge_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/api/edge"
)

// connected serves what says "here" under a bound.
func connected(t *testing.T, c *edge.Connections, secure bool) *httptest.Server {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "here")
	}))
	s.Listener = c.Listen(s.Listener, secure)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// one is a connection that asks; what takes ten seconds hangs.
type one struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

func connect(t *testing.T, s *httptest.Server) one {
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return one{t, c, bufio.NewReader(c)}
}

func (c one) ask() answer {
	_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(c.t, err)
	resp, err := http.ReadResponse(c.in, nil)
	require.NoError(c.t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	return answer{resp, string(body)}
}

// TestConnections: who is connected is answered whatever comes beside it; who is one too many is told so at once; and a place is free again when its client has left.
func TestConnections(t *testing.T) {
	t.Parallel()
	c := &edge.Connections{Most: 3, PerAddress: 1} // which does not count on this machine
	s := connected(t, c, false)
	var in []one
	for range 3 {
		in = append(in, connect(t, s))
		require.Equal(t, "here", in[len(in)-1].ask().body)
	}
	require.EqualValues(t, 3, c.Open())
	for n := range 20 {
		beyond := connect(t, s)
		a := beyond.ask()
		requireProblem(t, a, http.StatusServiceUnavailable, "overloaded")
		require.Equal(t, "1", a.Header.Get("Retry-After"))
		require.True(t, a.Close)
		_, err := beyond.in.ReadByte()
		require.ErrorIs(t, err, io.EOF)
		require.NoError(t, beyond.Close())
		require.Equal(t, "here", in[n%3].ask().body)
	}
	require.EqualValues(t, 20, c.Refused())
	require.NoError(t, in[0].Close())
	require.Eventually(t, func() bool { return c.Open() == 2 }, 10*time.Second, time.Millisecond)
	require.Equal(t, "here", connect(t, s).ask().body)
	require.EqualValues(t, 3, c.Open())
}

// attentive is a listener of connections that tell which of them were answered before they had asked.
type attentive struct {
	net.Listener
	early *atomic.Int64
}

type listens struct {
	*net.TCPConn
	asked atomic.Bool
	early *atomic.Int64
}

func (l attentive) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &listens{TCPConn: c.(*net.TCPConn), early: l.early}, nil
}

func (c *listens) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	if n > 0 {
		c.asked.Store(true)
	}
	return n, err
}

func (c *listens) Write(p []byte) (int, error) {
	if !c.asked.Load() {
		c.early.Add(1)
	}
	return c.TCPConn.Write(p)
}

// TestAnsweredOnceAsked: a client takes an answer that it did not ask for yet for a fault of the connection, so it is told that it is one too many when it asks.
func TestAnsweredOnceAsked(t *testing.T) {
	t.Parallel()
	c, early := &edge.Connections{Most: 1}, new(atomic.Int64)
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Listener = c.Listen(attentive{s.Listener, early}, false)
	s.Start()
	t.Cleanup(s.Close)
	require.Equal(t, http.StatusNotFound, connect(t, s).ask().StatusCode)
	for range 50 {
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Get(s.URL)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	}
	require.EqualValues(t, 50, c.Refused())
	require.Zero(t, early.Load())
}

// TestManyTooMany: far more than fit, which do not read and do not leave, cost nothing: those beyond the first are cut off, and whoever is connected is answered meanwhile.
func TestManyTooMany(t *testing.T) {
	t.Parallel()
	c := &edge.Connections{Most: 2}
	s := connected(t, c, false)
	in := connect(t, s)
	require.Equal(t, "here", in.ask().body)
	for range 600 {
		connect(t, s)
	}
	require.Equal(t, "here", in.ask().body)
	require.Eventually(t, func() bool { return c.Refused() == 599 }, 10*time.Second, time.Millisecond)
	require.EqualValues(t, 2, c.Open())
}

// TestSecureConnections: one too many is cut off before a handshake.
func TestSecureConnections(t *testing.T) {
	t.Parallel()
	c := &edge.Connections{Most: 1}
	s := connected(t, c, true)
	resp, err := s.Client().Get(s.URL)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, "here", string(body))
	beyond := connect(t, s)
	trusts := s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	trusts.ServerName = "example.com"
	err = tls.Client(beyond, trusts).HandshakeContext(t.Context())
	require.Error(t, err)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
	require.EqualValues(t, 1, c.Refused())
}

// comes is a connection from an address.
type comes struct {
	net.Conn
	from net.Addr
}

func (c comes) RemoteAddr() net.Addr { return c.from }

// given is a listener of connections that are there already.
type given chan net.Conn

func (g given) Accept() (net.Conn, error) { return <-g, nil }
func (given) Close() error                { return nil }
func (given) Addr() net.Addr              { return &net.TCPAddr{} }

// TestConnectionsOfOneAddress: one address, of IPv6 one network, has its share; proxies and this machine have all.
func TestConnectionsOfOneAddress(t *testing.T) {
	t.Parallel()
	c := &edge.Connections{Most: 10, PerAddress: 2, Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	come := make(given, 20)
	l := c.Listen(come, true)
	var open []net.Conn
	accept := func(want []string, addresses ...string) {
		for _, a := range addresses {
			_, theirs := net.Pipe()
			come <- comes{theirs, net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(a), 1))}
		}
		var got []string
		for range want {
			conn, err := l.Accept()
			require.NoError(t, err)
			open, got = append(open, conn), append(got, conn.RemoteAddr().(*net.TCPAddr).IP.String())
		}
		require.Equal(t, want, got)
		require.Empty(t, come)
	}
	accept([]string{"192.0.2.1", "192.0.2.1", "192.0.2.2"}, "192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2")
	accept([]string{"2001:db8::1", "2001:db8::2", "2001:db8:0:1::"}, "2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::")
	require.EqualValues(t, 2, c.Refused())
	require.NoError(t, open[0].Close())
	_ = open[0].Close() // a place is given back once
	require.EqualValues(t, 5, c.Open())
	accept([]string{"192.0.2.1", "10.0.0.1", "10.0.0.1", "10.0.0.1", "127.0.0.1"}, "192.0.2.1", "192.0.2.1", "10.0.0.1", "10.0.0.1", "10.0.0.1", "127.0.0.1")
	require.EqualValues(t, 3, c.Refused())
	require.NoError(t, open[1].Close())
	accept([]string{"127.0.0.1"}, "127.0.0.1")
	require.EqualValues(t, 10, c.Open())
}
