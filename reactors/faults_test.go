package reactors

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"daybook.internal/ledger"
)

// bad is a receiver that speaks no HTTP as it should: do is what it does with each connection, until that is closed.
func bad(t testing.TB, do func(c net.Conn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				do(c)
			}()
		}
	}()
	return "http://" + l.Addr().String() + "/hook"
}

// asked reads a request off a connection.
func asked(c net.Conn) bool {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, r.Body)
	return err == nil
}

// forever writes the same until nobody listens any more.
func forever(c net.Conn, text string) {
	text = strings.Repeat(text, 1000)
	for {
		if _, err := io.WriteString(c, text); err != nil {
			return
		}
	}
}

// hurried is a hook that does not wait for long.
func hurried(t testing.TB, name, to string) Receiver {
	u, err := url.Parse(to)
	require.NoError(t, err)
	h := hook(t, name, to)
	h.Within = 300 * time.Millisecond
	w := newWebhook(u, []Secret{testSecret(t)}, loopback, nil, 0, h.Within, h.Longest)
	h.Send, h.Close = w.deliver, w.close
	return h
}

// misbehaviours are what a receiver can do to us, and what is said of it.
var misbehaviours = map[string]struct {
	do  func(net.Conn)
	why string // of a failure; empty where it counts as delivered
}{
	"disconnects":            {do: func(net.Conn) {}, why: "it closed the connection instead of answering|connection reset by peer|broken pipe"},
	"disconnects when asked": {do: func(c net.Conn) { asked(c) }, why: "it closed the connection instead of answering"},
	"never reads":            {do: func(c net.Conn) { time.Sleep(time.Minute) }, why: "no answer within"},
	"never answers":          {do: func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }, why: "no answer within"},
	"garbage":                {do: func(c net.Conn) { asked(c); _, _ = io.WriteString(c, "\x1b[2J\x00\x01garbage\r\n\r\n") }, why: "what it answered is no proper HTTP"},
	"endless garbage":        {do: func(c net.Conn) { asked(c); forever(c, "garbage") }, why: "what it answered is no proper HTTP"},
	"endless header": {do: func(c net.Conn) {
		asked(c)
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\n")
		forever(c, "X-Y: zzzzzzzzzzzzzzzz\r\n")
	}, why: "what it answered is no proper HTTP"},
	"endless line":            {do: func(c net.Conn) { asked(c); fmt.Fprint(c, "HTTP/1.1 200 OK\r\nX: "); forever(c, "zzzzzzzzzzzzzzzz") }, why: "what it answered is no proper HTTP"},
	"endless interim answers": {do: func(c net.Conn) { asked(c); forever(c, "HTTP/1.1 103 Early Hints\r\n\r\n") }, why: "what it answered is no proper HTTP"},
	"trickles a header": {do: func(c net.Conn) {
		asked(c)
		for _, err := fmt.Fprint(c, "HTTP/1.1 200 OK\r\nX: "); err == nil; _, err = fmt.Fprint(c, "z") {
			time.Sleep(10 * time.Millisecond)
		}
	}, why: "no answer within"},
	"half a header": {do: func(c net.Conn) { asked(c); fmt.Fprint(c, "HTTP/1.1 200 OK\r\nX: ") }, why: "it closed the connection instead of answering"},
	"switches protocols": {do: func(c net.Conn) {
		asked(c)
		fmt.Fprint(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
		forever(c, "z")
	}, why: "it answered 101"},
	"a status of no class":      {do: func(c net.Conn) { asked(c); fmt.Fprint(c, "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n") }, why: "it answered 999"},
	"refused with endless body": {do: func(c net.Conn) { asked(c); fmt.Fprint(c, "HTTP/1.1 500 No\r\n\r\n"); forever(c, "zzzzzzzzzzzzzzzz") }, why: "it answered 500"},
	"endless body":              {do: func(c net.Conn) { asked(c); fmt.Fprint(c, "HTTP/1.1 200 OK\r\n\r\n"); forever(c, "zzzzzzzzzzzzzzzz") }},
	"body that stalls": {do: func(c net.Conn) {
		asked(c)
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
		_, _ = io.Copy(io.Discard, c)
	}},
	"body that breaks off": {do: func(c net.Conn) { asked(c); fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nzz") }},
	"unpacks to very much": {do: func(c net.Conn) {
		asked(c)
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00")
	}},
}

// TestMisbehaviour: whatever a receiver does, an attempt ends in its time, and says in our words what was wrong.
func TestMisbehaviour(t *testing.T) {
	t.Parallel()
	e := entry(0)
	for name, m := range misbehaviours {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := hook(t, "x", bad(t, m.do))
			if m.why == "no answer within" {
				h = hurried(t, "x", bad(t, m.do))
			}
			defer func() { require.NoError(t, h.Close()) }()
			err := h.Send(t.Context(), e, leafOf(e))
			if m.why == "" {
				require.NoError(t, err)
				return
			}
			require.Regexp(t, "^("+m.why+")", err.Error())
		})
	}
	for name, want := range map[string]string{
		"http://127.0.0.1:1/hook":                  "connection refused",
		"https://127.0.0.1:1/hook":                 "connection refused",
		"https://no.such.host.invalid/token?key=s": "there is no host of that name|the name of its host could not be looked up",
		"https://10.0.0.1/hook":                    "10.0.0.1 is no address that may be called",
		"http://1.1.1.1/hook":                      "1.1.1.1 is no address that may be called",
		"https://169.254.169.254/latest/meta-data": "169.254.169.254 is no address that may be called",
		"https://[fd00:ec2::254]/latest/meta-data": "fd00:ec2::254 is no address that may be called",
		"https://0x7f.1/hook":                      "there is no host of that name|the name of its host could not be looked up",
		"https://2130706433/hook":                  "there is no host of that name|the name of its host could not be looked up",
	} {
		t.Run(strings.ReplaceAll(name, "/", "_"), func(t *testing.T) {
			t.Parallel()
			h := hook(t, "x", name)
			err := h.Send(t.Context(), e, leafOf(e))
			require.Regexp(t, "^("+want+")", err.Error())
			require.NotContains(t, err.Error(), "token")
		})
	}
}

// TestNamesAreCheckedWhereTheyLead: a name of a private address is no way in, with TLS or without, and neither is one that leads somewhere else than before.
func TestNamesAreCheckedWhereTheyLead(t *testing.T) {
	t.Parallel()
	called := false
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer s.Close()
	u, err := url.Parse(s.URL)
	require.NoError(t, err)
	u.Host = net.JoinHostPort("localhost", u.Port())
	w := newWebhook(u, []Secret{testSecret(t)}, guard{}, nil, 0, 5*time.Second, time.Second)
	err = w.deliver(t.Context(), entry(0), leafOf(entry(0)))
	require.Regexp(t, "^(127.0.0.1|::1) is no address that may be called", err.Error())
	require.False(t, called)
}

// TestRedirects: by default a redirect is an answer. Where it is followed, it is the same message once more, at an address that is checked like the first one.
func TestRedirects(t *testing.T) {
	t.Parallel()
	l := filled(t, 1)
	d := newDesk(t, l)
	here := d.serve(t)
	e := ledger.Entry{}
	for e = range l.All(t.Context(), ledger.Cursor{}) {
		break
	}
	plain, err := url.Parse(here)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		status, redirects int
		to                string
		why               string
	}{
		"not followed":        {307, 0, here, "it answered 307, which leads elsewhere"},
		"followed":            {307, 1, here, ""},
		"308":                 {308, 3, here, ""},
		"303 would be a GET":  {303, 3, here, "it answered 303"},
		"302 would be a GET":  {302, 3, here, "it answered 302"},
		"to nowhere":          {307, 3, "http://:bad:", "what it answered is no proper HTTP"},
		"to another scheme":   {307, 3, "gopher://127.0.0.1/x", "what it answered is no proper HTTP"},
		"to a file":           {307, 3, "file:///etc/passwd", "what it answered is no proper HTTP"},
		"with a password":     {307, 3, "http://user:password@" + plain.Host, "it answered 307"},
		"to metadata":         {307, 3, "http://169.254.169.254/latest/meta-data", "169.254.169.254 is no address that may be called"},
		"to another network":  {307, 3, "http://10.0.0.1/", "10.0.0.1 is no address that may be called"},
		"to public, in plain": {307, 3, "http://1.1.1.1/", "1.1.1.1 is no address that may be called"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", c.to)
				w.WriteHeader(c.status)
			}))
			defer s.Close()
			u, err := url.Parse(s.URL)
			require.NoError(t, err)
			w := newWebhook(u, []Secret{testSecret(t)}, loopback, nil, c.redirects, 5*time.Second, time.Second)
			err = w.deliver(t.Context(), e, leafOf(e))
			if c.why == "" {
				require.NoError(t, err)
				return
			}
			require.Regexp(t, "^"+c.why, err.Error())
			require.NotContains(t, err.Error(), "password")
		})
	}
	t.Run("from a secret address", func(t *testing.T) {
		t.Parallel()
		var heard http.Header
		there := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { heard = r.Header.Clone() }))
		defer there.Close()
		s := httptest.NewServer(http.RedirectHandler(there.URL, http.StatusTemporaryRedirect))
		defer s.Close()
		u, err := url.Parse(s.URL + "/hush?key=hush")
		require.NoError(t, err)
		w := newWebhook(u, []Secret{testSecret(t)}, loopback, nil, 1, 5*time.Second, time.Second)
		require.NoError(t, w.deliver(t.Context(), e, leafOf(e)))
		require.Equal(t, e.ID.String(), heard.Get(HeaderID))
		require.NotContains(t, fmt.Sprint(heard), "hush")
	})
	t.Run("in a circle", func(t *testing.T) {
		t.Parallel()
		n := 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			n++
			w.Header().Set("Location", "/")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}))
		defer s.Close()
		u, err := url.Parse(s.URL)
		require.NoError(t, err)
		w := newWebhook(u, []Secret{testSecret(t)}, loopback, nil, 3, 5*time.Second, time.Second)
		require.ErrorContains(t, w.deliver(t.Context(), e, leafOf(e)), "it answered 307")
		require.Equal(t, 4, n)
	})
	t.Run("from TLS to plain", func(t *testing.T) {
		t.Parallel()
		s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", here)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}))
		defer s.Close()
		u, err := url.Parse(s.URL)
		require.NoError(t, err)
		w := newWebhook(u, []Secret{testSecret(t)}, loopback, nil, 3, 5*time.Second, time.Second)
		require.ErrorContains(t, w.deliver(t.Context(), e, leafOf(e)), "its certificate is not accepted")
		w.client.Transport.(*http.Transport).TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig
		require.ErrorContains(t, w.deliver(t.Context(), e, leafOf(e)), "it answered 307")
	})
}

// TestNobodyWaits: a receiver that does its worst holds up no other one, and an end does not take longer than one attempt. Which of them are there, and when they are cut off, is
// drawn; the seeds that found something are kept.
func TestNobodyWaits(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{1, 2, 3, rand.Uint64()} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			chance := rand.New(rand.NewPCG(seed, 0))
			const n = 20
			l := filled(t, n)
			d := newDesk(t, l)
			receivers := []Receiver{hook(t, "good", d.serve(t))}
			for name, m := range misbehaviours {
				if chance.IntN(2) == 0 {
					h := hurried(t, strings.ReplaceAll(name, " ", "-"), bad(t, m.do))
					h.Attempts, h.First, h.Longest = 1+chance.IntN(4), 50*time.Millisecond, 300*time.Millisecond
					receivers = append(receivers, h)
				}
			}
			// One that fails in all ways by turns: what it answers well is taken in order, and what is not is parked; nothing is skipped.
			wild := newDesk(t, l)
			fates := make([]int, (n+5)*5)
			for i := range fates {
				fates[i] = chance.IntN(7)
			}
			wild.answer = func(w http.ResponseWriter, _ *http.Request, seq uint64, attempt int) {
				fate := 0
				if attempt < 5 {
					fate = fates[int(seq)*5+attempt]
				}
				switch fate {
				case 1:
					panic(http.ErrAbortHandler)
				case 2:
					w.WriteHeader(http.StatusBadGateway)
				case 3:
					w.WriteHeader(http.StatusBadRequest)
				case 4:
					w.Header().Set("Retry-After", "1")
					w.WriteHeader(http.StatusServiceUnavailable)
				case 5:
					c, _, err := http.NewResponseController(w).Hijack()
					if err == nil {
						_, _ = io.WriteString(c, "garbage\r\n\r\n")
						_ = c.Close()
					}
				default:
					wild.take(seq)
				}
			}
			receivers = append(receivers, hook(t, "wild", wild.serve(t)))
			state := openState(t, filepath.Join(t.TempDir(), "reactors.db"))
			_, stop := start(t, Options{Ledger: l, State: state, Receivers: receivers})
			d.hasAll(n)
			add(t, l, n, n+5)
			d.hasAll(n + 5)
			require.Len(t, d.order, n+5)
			await(t, "the wild one has come to the end", func() bool { return standing(t, state, "wild").Position == n+5 })
			stop()
			parked := map[uint64]bool{}
			for _, tr := range troubles(t, state, "wild") {
				require.Equal(t, Parked, tr.State)
				parked[tr.Seq] = true
			}
			next := uint64(0)
			for _, seq := range wild.taken {
				for ; parked[next]; next++ {
				}
				require.Equal(t, next, seq, "in order, once, and none skipped that is not parked")
				next++
			}
		})
	}
}

// TestNothingIsLeft: when reactors have ended, nothing of them runs.
func TestNothingIsLeft(t *testing.T) { // alone, as it counts goroutines
	l := filled(t, 5)
	d := newDesk(t, l)
	address := d.serve(t)
	before := runtime.NumGoroutine()
	for range 5 {
		stall := hurried(t, "stall", bad(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }))
		_, stop := start(t, Options{Ledger: l, Receivers: []Receiver{hook(t, "good", address), stall}})
		d.hasAll(5)
		stop()
	}
	await(t, "the last goroutines end", func() bool {
		http.DefaultClient.CloseIdleConnections()
		return runtime.NumGoroutine() <= before+5*1+2 // the listeners of bad, and connections that the server has not let go of
	})
}

// TestEndsWhileOneIsOnItsWay: what is on its way when the end comes comes to its own end, and is not sent again.
func TestEndsWhileOneIsOnItsWay(t *testing.T) {
	t.Parallel()
	l, state := filled(t, 3), openState(t, filepath.Join(t.TempDir(), "reactors.db"))
	sending, goOn := make(chan uint64), make(chan struct{})
	r := Receiver{Name: "slow", Within: time.Minute, Attempts: 3, First: time.Millisecond, Longest: time.Second, Send: func(_ context.Context, e ledger.Entry, _ *message.Message) error {
		sending <- e.Seq
		<-goOn
		return nil
	}}
	o := Options{Ledger: l, State: state, Receivers: []Receiver{r}}
	reactors, err := Open(t.Context(), o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error)
	go func() { ended <- reactors.Run(ctx) }()
	for seq := range uint64(2) {
		require.Equal(t, seq, <-sending)
		if seq == 1 {
			cancel()
		}
		goOn <- struct{}{}
	}
	require.NoError(t, <-ended)
	require.Equal(t, uint64(2), standing(t, state, "slow").Position)
	_, stop := start(t, o)
	require.Equal(t, uint64(2), <-sending)
	close(goOn)
	stop()
}
