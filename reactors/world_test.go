package reactors

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	reference "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/notary"
)

// testSecret is the secret of all receivers here.
func testSecret(t testing.TB) Secret {
	s, err := ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	require.NoError(t, err)
	return s
}

// filled is a ledger with n records in three streams.
func filled(t testing.TB, n int) *ledgertest.Memory {
	l := ledgertest.NewMemory()
	add(t, l, 0, n)
	return l
}

// add appends records from the i-th to before the n-th.
func add(t testing.TB, l ledger.Appender, i, n int) {
	for ; i < n; i++ {
		stream := domain.StreamName("test", strconv.Itoa(i%3))
		_, err := l.Append(context.Background(), stream, uint64(i/3), ledgertest.Draft("c", i))
		require.NoError(t, err)
	}
}

// A desk is where a receiver takes deliveries. It checks the signature of each with the reference library, and holds the body against the leaf of the ledger.
type desk struct {
	testing.TB
	ledger ledger.Reader

	// answer says what becomes of the n-th attempt (from 1) at a record; nil takes everything.
	answer func(w http.ResponseWriter, r *http.Request, seq uint64, n int)

	mu       sync.Mutex
	attempts map[uint64]int
	order    []uint64 // of all attempts
	taken    []uint64 // what was answered with 2xx by the default answer
	came     chan struct{}
}

func newDesk(t testing.TB, l ledger.Reader) *desk {
	return &desk{TB: t, ledger: l, attempts: map[uint64]int{}, came: make(chan struct{}, 1<<20)}
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // cut off
	}
	seq, err := strconv.ParseUint(r.Header.Get(HeaderSeq), 10, 64)
	if err != nil {
		d.Errorf("no seq: %v", err)
		return
	}
	d.check(r, seq, body)
	d.mu.Lock()
	d.attempts[seq]++
	n := d.attempts[seq]
	d.order = append(d.order, seq)
	d.mu.Unlock()
	defer func() { d.came <- struct{}{} }()
	if d.answer != nil {
		d.answer(w, r, seq, n)
		return
	}
	d.take(seq)
}

func (d *desk) take(seq uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.taken = append(d.taken, seq)
}

func (d *desk) check(r *http.Request, seq uint64, body []byte) {
	w, err := reference.NewWebhook(testSecret(d).Text())
	if err == nil {
		err = w.Verify(body, r.Header)
	}
	if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != contentType || r.Header.Get("User-Agent") != "daybook" {
		d.Errorf("%v %s %v", err, r.Method, r.Header)
	}
	record, err := notary.ParseLeaf(seq, body)
	if err != nil || record.ID.String() != r.Header.Get(HeaderID) {
		d.Errorf("%v, or another id: %s", err, body)
	}
	for e, err := range d.ledger.All(context.Background(), ledger.Cursor{Seq: seq}) {
		if err != nil || !bytes.Equal(notary.AppendLeaf(nil, e.Record), body) {
			d.Errorf("%v, or another leaf: %s", err, body)
		}
		break
	}
}

// has waits until what was taken is as wanted.
func (d *desk) has(until func(taken []uint64) bool) []uint64 {
	d.Helper()
	late := time.After(time.Minute)
	for {
		d.mu.Lock()
		taken := slices.Clone(d.taken)
		d.mu.Unlock()
		if until(taken) {
			return taken
		}
		select {
		case <-d.came:
		case <-late:
			d.Fatalf("it has %v", taken)
		}
	}
}

// hasAll waits until the last record was taken, and wants the first takings to be in order, and none skipped.
func (d *desk) hasAll(n int) {
	d.Helper()
	taken := d.has(func(taken []uint64) bool { return slices.Contains(taken, uint64(n-1)) })
	d.inOrder(taken, n)
}

func (d *desk) inOrder(taken []uint64, n int) {
	d.Helper()
	next := uint64(0)
	for _, seq := range taken {
		require.LessOrEqual(d, seq, next, "one was skipped: %v", taken)
		next = max(next, seq+1)
	}
	require.Equal(d, uint64(n), next)
}

func (d *desk) tried(seq uint64) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.attempts[seq]
}

var loopback = guard{allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}

// hook is a receiver that is a webhook at an address, quick to try again.
func hook(t testing.TB, name, to string) Receiver {
	u, err := url.Parse(to)
	require.NoError(t, err)
	const within, longest = 30 * time.Second, 20 * time.Millisecond
	w := newWebhook(u, []Secret{testSecret(t)}, loopback, nil, 0, within, longest)
	return Receiver{
		Name: name, Kind: "webhook", To: shown(u), Send: w.deliver, Within: within, Close: w.close, Every: 3, Attempts: 1000, Refusals: 3, First: time.Millisecond, Longest: longest,
	}
}

// serve serves a desk.
func (d *desk) serve(t testing.TB) string {
	s := httptest.NewServer(d)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	return s.URL + "/hook"
}

// start runs reactors. The function ends them and waits.
func start(t testing.TB, o Options) (*Reactors, func()) {
	t.Helper()
	if o.State == nil {
		o.State = openState(t, filepath.Join(t.TempDir(), "reactors.db"))
	}
	if o.Look == 0 {
		o.Look = 5 * time.Millisecond
	}
	r, err := Open(t.Context(), o)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
		require.NoError(t, r.Close())
	})
	t.Cleanup(stop)
	return r, stop
}

// words collects what is logged.
type words struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

func (w *words) log() *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

// standing is how things stand with a receiver.
func standing(t testing.TB, s *State, name string) Standing {
	t.Helper()
	all, err := s.Standings(t.Context())
	require.NoError(t, err)
	for _, st := range all {
		if st.Receiver == name {
			return st
		}
	}
	return Standing{Receiver: name}
}

// troubles are the messages of a receiver that are in the state.
func troubles(t testing.TB, s *State, name string) (all []Trouble) {
	t.Helper()
	for tr, err := range s.Troubles(t.Context(), name) {
		require.NoError(t, err)
		all = append(all, tr)
	}
	return all
}

// await waits for what another goroutine does to the state.
func await(t testing.TB, what string, is func() bool) {
	t.Helper()
	for late := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		require.True(t, time.Now().Before(late), what)
	}
}
