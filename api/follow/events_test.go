package follow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/notary"
	"daybook.internal/replay/verify/verifytest"
)

// growing is a ledger of the first records of an edition, and its feed.
type growing struct {
	t       require.TestingT
	memory  *ledgertest.Memory
	records []domain.Record
	head    int
	*Events
	stop func()
}

func grow(t *testing.T, first int) *growing {
	return growWith(t, verifytest.Edition(t, verifytest.Small).Records, first)
}

func growWith(t require.TestingT, records []domain.Record, first int) *growing {
	g := &growing{t: t, memory: ledgertest.NewMemory(), records: records}
	g.more(first)
	g.Events = NewEvents(EventsOptions{Ledger: g.memory, Every: time.Microsecond})
	return g
}

func (g *growing) run() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- g.Run(ctx) }()
	g.stop = func() { cancel(); require.NoError(g.t, <-ended) }
	for {
		if _, begun := g.tail.head(); begun {
			return
		}
		time.Sleep(10 * time.Microsecond)
	}
}

func (g *growing) more(n int) {
	for range n {
		r := g.records[g.head]
		_, err := g.memory.Append(context.Background(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
		require.NoError(g.t, err)
		g.head++
	}
}

// get asks the feed.
func (g *growing) get(query string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/v1/events"+query, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w
}

// next is the address that an answer links to.
func next(t require.TestingT, w *httptest.ResponseRecorder) string {
	address, ok := strings.CutPrefix(w.Header().Get("Link"), "</v1/events")
	address, rel, _ := strings.Cut(address, ">")
	require.True(t, ok)
	require.Equal(t, `; rel="next"`, rel)
	return address
}

func eventsOf(t require.TestingT, body []byte) (all []CloudEvent) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&all), "%s", body)
	return all
}

// Every event of an edition is a CloudEvent by the schema of the specification, with simple extensions, and without its last member it is the leaf of the log.
func TestCloudEvents(t *testing.T) {
	t.Parallel()
	g := grow(t, 0)
	g.more(len(g.records))
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	f, err := os.Open("testdata/cloudevents.schema.json")
	require.NoError(t, err)
	defer f.Close()
	document, err := jsonschema.UnmarshalJSON(f)
	require.NoError(t, err)
	require.NoError(t, compiler.AddResource("cloudevents.json", document))
	schema, err := compiler.Compile("cloudevents.json")
	require.NoError(t, err)
	require.Error(t, schema.Validate(map[string]any{"id": "1", "specversion": "1.0", "type": "x"}))

	at, types := "?limit=1000", map[string]bool{}
	for seq := 0; seq < g.head; {
		w := g.get(at, "Accept", TypeBatch)
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, TypeBatch, w.Header().Get("Content-Type"))
		events := eventsOf(t, w.Body.Bytes())
		lines := g.get(at, "Accept", TypeNDJSON)
		require.Equal(t, TypeNDJSON, lines.Header().Get("Content-Type"))
		n := 0
		for line := range strings.Lines(lines.Body.String()) {
			line = strings.TrimSuffix(line, "\n")
			r := g.records[seq]
			leaf, last, ok := cutLast(line, `,"seq":`)
			require.True(t, ok)
			require.Equal(t, strconv.Itoa(seq)+"}", last)
			r.Seq = uint64(seq)
			require.Equal(t, string(notary.AppendLeaf(nil, r)), leaf+"}")
			e := events[n]
			require.Equal(t, r.ID.String(), e.ID)
			require.Equal(t, string(r.Stream), e.Subject)
			require.EqualValues(t, seq, e.Seq)
			require.Equal(t, "1.0", e.SpecVersion)
			if !types[e.Type] || seq%50 == 0 {
				types[e.Type] = true
				v, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
				require.NoError(t, err)
				require.NoError(t, schema.Validate(v), "%s", line)
				for name := range v.(map[string]any) {
					require.Regexp(t, `^[a-z0-9]{1,20}$`, name, "names of attributes (CloudEvents 1.0.2, 3.1)")
				}
			}
			n++
			seq++
		}
		require.Len(t, events, n)
		require.Equal(t, strconv.Itoa(seq), w.Header().Get("Ledger-Position"))
		at = next(t, w)
	}
	require.Greater(t, len(types), 20)
	require.Equal(t, "[]\n", g.get(at, "Accept", TypeBatch).Body.String())
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// TestFeedResumes: whoever goes along the links has every event that was asked for once and in order, whatever is kept in memory, however much comes at a time, and whatever server answers.
func TestFeedResumes(t *testing.T) {
	t.Parallel()
	records := verifytest.Edition(t, verifytest.Small).Records
	rapid.Check(t, func(t *rapid.T) {
		g := growWith(t, records, rapid.IntRange(0, 30).Draw(t, "before"))
		start := func() {
			g.tail.most = rapid.SampledFrom([]int{1, 3, 100}).Draw(t, "kept")
			g.tail.bytes = rapid.SampledFrom([]int{1, 2000, 1 << 20}).Draw(t, "bytes")
			g.run()
		}
		start()
		type reader struct {
			query string
			types []string
			got   []uint64
		}
		var readers []*reader
		read := func(t *rapid.T, r *reader) {
			query := r.query
			if rapid.Bool().Draw(t, "waits") {
				query += "&wait=1ms"
			}
			w := g.get(query, "Accept", TypeBatch)
			require.Equal(t, http.StatusOK, w.Code, "%s", w.Body)
			for _, e := range eventsOf(t, w.Body.Bytes()) {
				r.got = append(r.got, e.Seq)
			}
			r.query = strings.ReplaceAll(next(t, w), "&wait=1ms", "")
		}
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) { g.more(rapid.IntRange(1, 12).Draw(t, "events")) },
			"listen": func(t *rapid.T) {
				r := &reader{query: "?after=0&limit=" + strconv.Itoa(rapid.SampledFrom([]int{3, 20, 1000}).Draw(t, "limit"))}
				if rapid.Bool().Draw(t, "some") {
					r.types = []string{"participant-registered.v1", "consent-given.v1"}
					r.query += "&types=participant-registered.*,consent-given.*"
				}
				readers = append(readers, r)
			},
			"read": func(t *rapid.T) {
				if len(readers) > 0 {
					read(t, rapid.SampledFrom(readers).Draw(t, "reader"))
				}
			},
			"another server": func(*rapid.T) {
				g.stop()
				g.Events = NewEvents(EventsOptions{Ledger: g.memory, Every: time.Microsecond})
				start()
			},
		})
		for _, r := range readers {
			want := []uint64{}
			for seq, record := range g.records[:g.head] {
				if r.types == nil || record.Type == r.types[0] || record.Type == r.types[1] {
					want = append(want, uint64(seq))
				}
			}
			for n := 0; !strings.Contains(r.query, "after="+strconv.Itoa(g.head)+"&"); n++ {
				require.Less(t, n, g.head+1, "it does not come to the end")
				read(t, r)
			}
			require.Equal(t, want, append([]uint64{}, r.got...))
		}
		g.stop()
		require.Zero(t, g.Waiting())
	})
}

// TestManyWait: all who wait get what comes, and none of them asks the ledger.
func TestManyWait(t *testing.T) {
	t.Parallel()
	g := grow(t, 50)
	counted := &counting{Reader: g.memory}
	g.Ledger = counted
	g.run()
	defer func() { g.stop() }()
	var waiting sync.WaitGroup
	for range 100 {
		waiting.Go(func() {
			w := g.get("?after=50&wait=1m&types=*", "Accept", TypeNDJSON)
			first, _, _ := strings.Cut(w.Body.String(), "\n")
			if !strings.HasSuffix(first, `,"seq":50}`) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	require.Eventually(t, func() bool { return g.Waiting() == 100 }, 10*time.Second, time.Millisecond)
	g.more(1)
	waiting.Wait()
	require.Zero(t, counted.reads())

	// What was not asked for wakes nobody up for good; the answer says how far the ledger was looked through.
	w := g.get("?after=51&wait=1ms&types=recommendation-*")
	require.Equal(t, TypeBatch, w.Header().Get("Content-Type"), "only this form waits")
	require.Equal(t, "[]\n", w.Body.String())
	require.Equal(t, "51", w.Header().Get("Ledger-Position"))
	require.Contains(t, next(t, w), "after=51")
	now := g.get("?after=now&wait=1ms")
	require.Equal(t, "51", now.Header().Get("Ledger-Position"))
}

// counting is a ledger that counts who reads from it.
type counting struct {
	ledger.Reader
	mu sync.Mutex
	n  int
}

func (c *counting) All(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	c.mu.Lock()
	c.n++
	c.mu.Unlock()
	return c.Reader.All(ctx, after)
}

func (c *counting) reads() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// Those who wait are answered when the server stops, and leave nothing behind when they go.
func TestWaitingEnds(t *testing.T) {
	t.Parallel()
	g := grow(t, 5)
	g.run()
	s := httptest.NewUnstartedServer(g.Events)
	s.Config.ReadTimeout = 20 * time.Millisecond // that of a request is not that of waiting
	s.Start()
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/v1/events?after=5&wait=1m", nil)
		if err == nil {
			_, err = http.DefaultTransport.RoundTrip(r)
		}
		gone <- err
	}()
	require.Eventually(t, func() bool { return g.Waiting() == 1 }, 10*time.Second, time.Millisecond)
	cancel()
	require.ErrorIs(t, <-gone, context.Canceled)
	require.Eventually(t, func() bool { return g.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	got := make(chan string)
	go func() {
		resp, err := http.Get(s.URL + "/v1/events?after=5&wait=1m")
		if err != nil {
			got <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		got <- string(b)
	}()
	require.Eventually(t, func() bool { return g.Waiting() == 1 }, 10*time.Second, time.Millisecond)
	select { // longer than a request may take to come
	case b := <-got:
		require.Fail(t, "answered early", "%s", b)
	case <-time.After(60 * time.Millisecond):
	}
	g.stop()
	require.Equal(t, "[]\n", <-got)
}

func TestFeedRefuses(t *testing.T) {
	t.Parallel()
	g := grow(t, 5)
	g.Fail = func(w http.ResponseWriter, _ *http.Request, err error) {
		require.ErrorIs(t, err, ledger.ErrCursor)
		w.WriteHeader(http.StatusConflict)
	}
	for query, want := range map[string]string{
		"?after=x": "after", "?after=-1": "after", "?limit=0": "limit", "?limit=1001": "limit", "?wait=2m": "wait", "?wait=-1s": "wait", "?wait=soon": "wait",
		"?types=opinion-*": "no event has a type like", "?types=[": "no pattern", "?colour=red": "parameter", "?after=1&after=2": "twice",
	} {
		w := g.get(query)
		require.Equal(t, http.StatusBadRequest, w.Code, query)
		require.Contains(t, w.Body.String(), want, query)
	}
	for _, query := range []string{"?after=6", "?after=6&wait=1s"} {
		require.Equal(t, http.StatusConflict, g.get(query).Code)
	}
	g.seats.InAll = 1
	stand, err := g.seats.take(httptest.NewRequest(http.MethodGet, "/", nil), nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, g.get("?after=5&wait=1s").Code)
	require.Equal(t, http.StatusOK, g.get("?after=5").Code, "who does not wait needs no seat")
	stand()
}

// What is asked for, and by whom the present form is still answered.
func TestForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ query, accept, want string }{
		{"", "", ""},
		{"", "*/*", ""},
		{"?after=3", "application/json", ""},
		{"", TypeBatch, TypeBatch},
		{"", "text/html, application/cloudevents+json;q=0.9, */*;q=0.1", TypeBatch},
		{"", TypeBatch + ";q=0.5, application/json", ""},
		{"", TypeBatch + ";q=0, application/x-ndjson", TypeNDJSON},
		{"", "application/x-ndjson", TypeNDJSON},
		{"?wait=1s", "*/*", TypeBatch},
		{"?types=x", "", TypeBatch},
		{"?wait=1s", "application/json", ""},
		{"?format=ndjson", "application/json", TypeNDJSON},
		{"?format=cloudevents", "", TypeBatch},
		{"?format=json", TypeBatch, ""},
		{"", ";;;,,q=1", ""},
	} {
		r := httptest.NewRequest(http.MethodGet, "/v1/events"+c.query, nil)
		r.Header.Set("Accept", c.accept)
		require.Equal(t, c.want, formOf(r), "%+v", c)
		require.Equal(t, c.want != "", (*Events)(nil).Wants(r))
	}
}

// The tail goes on where a ledger has been away, without a gap.
func TestTailGoesOn(t *testing.T) {
	t.Parallel()
	g := grow(t, 5)
	faulty := &breaking{Reader: g.memory}
	g.tail.ledger = faulty
	g.run()
	defer func() { g.stop() }()
	got := []uint64{}
	for query := "?after=5&wait=10s&limit=3"; len(got) < 60; {
		if g.head < 65 {
			g.more(4)
		}
		w := g.get(query)
		for _, e := range eventsOf(t, w.Body.Bytes()) {
			got = append(got, e.Seq)
		}
		query = next(t, w)
	}
	for i, seq := range got {
		require.EqualValues(t, 5+i, seq)
	}
	require.Greater(t, faulty.times, 2)
}

// breaking is a ledger that breaks off after 20 events.
type breaking struct {
	ledger.Reader
	times int
}

func (b *breaking) Follow(ctx context.Context, after ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		b.times++
		n := 0
		for e, err := range b.Reader.Follow(ctx, after) {
			if n++; n > 20 && b.times < 4 {
				yield(ledger.Entry{}, errors.New("away"))
				return
			}
			if !yield(e, err) {
				return
			}
		}
	}
}
