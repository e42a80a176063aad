package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/projections"
	"daybook.internal/readstore"
	"daybook.internal/vault"
)

const secret = "/srv/secret/path"

func TestFaultsOfTheStore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err     error
		status  int
		problem string
	}{
		"damaged":      {&readstore.DamagedError{Ref: projections.Ref{View: "country", Key: "FR"}, Detail: secret}, 500, "damaged"},
		"unknown":      {errors.New("no space left on " + secret), 500, "internal"},
		"closed":       {fmt.Errorf("%s: %w", secret, ledger.ErrClosed), 503, "interrupted"},
		"out of time":  {fmt.Errorf("%s: %w", secret, context.DeadlineExceeded), 503, "interrupted"},
		"not there":    {fmt.Errorf("%s: %w", secret, readstore.ErrNotFound), 404, "not-found"},
		"views away":   {fmt.Errorf("%s: %w", secret, readstore.ErrAway), 503, "engine-away"},
		"ledger away":  {fmt.Errorf("%s: %w", secret, ledger.ErrUnavailable), 503, "engine-away"},
		"vault away":   {fmt.Errorf("%s: %w", secret, vault.ErrAway), 503, "engine-away"},
		"no answer":    {fmt.Errorf("%s: %w", secret, ledger.ErrUnknownOutcome), 503, "outcome-unknown"},
		"vault damage": {fmt.Errorf("%s: %w", secret, vault.ErrDamaged), 500, "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNode(t, func(n *node) { n.Store = broken{n.store, c.err} })
			for _, path := range []string{"/v1/views/country/FR", "/v1/views/country"} {
				answer := n.get(path)
				p := requireProblem(t, answer, c.status, c.problem)
				require.Equal(t, c.problem == "engine-away" || c.problem == "outcome-unknown", answer.Header.Get("Retry-After") != "")
				require.NotContains(t, p.Detail+p.Title+p.Type, secret, "the client learns nothing of the inside")
				require.Equal(t, c.status >= 500, strings.Contains(n.log.String(), secret), "the log does")
				if c.status >= 500 {
					require.Contains(t, n.log.String(), p.Request)
				}
			}
		})
	}
}

// Bytes that are no JSON never look like a short answer.
func TestStoredBytesThatAreNoJSON(t *testing.T) {
	t.Parallel()
	n := newNode(t, func(n *node) {
		ctx := context.Background()
		v := readstore.ViewVersion{View: "country", Version: projections.Country.Version}
		at, err := n.store.Cursor(ctx, v)
		require.NoError(t, err)
		require.NoError(t, n.store.Commit(ctx, v, at, at, []readstore.Doc{{Ref: projections.Ref{View: "country", Key: "ZZ"}, Version: v.Version, Document: projections.Document{At: 1, Data: []byte("{")}}}))
		_, err = n.memory.Append(ctx, "x", 0, ledger.Draft{Type: "t", Meta: []byte("{}"), Data: []byte("nonsense")})
		require.NoError(t, err)
	})
	requireProblem(t, n.get("/v1/views/country"), 500, "internal")
	requireProblem(t, n.get(at("/v1/events/END")), 500, "internal")
	requireProblem(t, n.get(at("/v1/events?after=NEAR")), 500, "internal")
}

func TestDamagedLedger(t *testing.T) {
	t.Parallel()
	n := newNode(t, func(n *node) { n.Service.Ledger = damaged{n.memory} })
	for _, path := range []string{"/v1/events", "/v1/events/3", "/v1/views/country/FR?at=100"} {
		p := requireProblem(t, n.get(path), 500, "damaged")
		require.NotContains(t, p.Detail, secret)
	}
	requireProblem(t, n.post("react", "k", `{"conversation":"dl_FR","statement":"1","respondent":"p","value":"agree"}`), 500, "damaged")
}

type damaged struct{ *ledgertest.Memory }

func (damaged) All(context.Context, ledger.Cursor) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		yield(ledger.Entry{}, &ledger.DamagedError{Where: secret, Detail: "digest"})
	}
}

func (damaged) Stream(context.Context, domain.StreamID, uint64) iter.Seq2[domain.Record, error] {
	return func(yield func(domain.Record, error) bool) {
		yield(domain.Record{}, &ledger.DamagedError{Where: secret, Detail: "digest"})
	}
}

func TestPanics(t *testing.T) {
	t.Parallel()
	n := newNode(t, func(n *node) {
		n.Ready = func(context.Context) error { panic("a mistake at " + secret) }
	})
	p := requireProblem(t, n.get("/readyz"), 500, "internal")
	require.NotContains(t, p.Detail, secret)
	require.Contains(t, n.log.String(), secret)
	require.Contains(t, n.log.String(), p.Request)
	require.Contains(t, n.log.String(), "faults_test.go", "and where it was")
	require.Equal(t, 200, n.get("/livez").StatusCode, "the server lives")
}

// words of a statement: beside its document while they are kept, null when they are erased, and never others than were sealed.
func TestWords(t *testing.T) {
	t.Parallel()
	const path = "/v1/views/statement/dl_FR/1?words=true"
	n := newNode(t, nil)
	type joined struct {
		Document json.RawMessage
		Words    *string
		Salt     string
		Erased   bool
	}
	plain := n.get("/v1/views/statement/dl_FR/1")
	var doc projections.StatementDoc
	require.NoError(t, json.Unmarshal(plain.body, &doc))

	a := n.get(path, "If-None-Match", plain.Header.Get("ETag"))
	require.Equal(t, 200, a.StatusCode, "the document's tag is not that of its words")
	require.Empty(t, a.Header.Get("ETag"))
	require.Equal(t, "no-store", a.Header.Get("Cache-Control"), "words may be erased: nobody keeps copies")
	j := decode[joined](t, a)
	require.Equal(t, string(plain.body), string(j.Document))
	require.Equal(t, "Chacun doit pouvoir voir quelles données une entreprise détient sur lui.", *j.Words)
	o := vault.Opening{Words: []byte(*j.Words)}
	require.NoError(t, o.Event.UnmarshalText([]byte(doc.Text.Event)))
	o.Field = doc.Text.Field
	_, err := fmt.Sscanf(j.Salt, "%x", (*hexSalt)(&o.Salt))
	require.NoError(t, err)
	require.Equal(t, doc.Text.Commitment, o.Commitment(), "everybody can check the words against the record")

	require.NotNil(t, decode[joined](t, n.get("/v1/views/statement/dl_FR/1?words=true&at=250")).Words)
	require.Equal(t, plain.body, n.get("/v1/views/statement/dl_FR/1?words=false").body)

	n.vault.mu.Lock()
	kept := n.vault.kept[o.Place]
	kept.Words = []byte("Personne.")
	n.vault.kept[o.Place] = kept
	n.vault.mu.Unlock()
	requireProblem(t, n.get(path), 500, "damaged")

	n.vault.mu.Lock()
	delete(n.vault.kept, o.Place)
	n.vault.mu.Unlock()
	a = n.get(path)
	require.Contains(t, string(a.body), `"words":null`)
	j = decode[joined](t, a)
	require.Nil(t, j.Words)
	require.Empty(t, j.Salt)
	require.False(t, j.Erased, "nobody declared it")
	require.Equal(t, string(plain.body), string(j.Document))

	n.vault.mu.Lock()
	n.vault.kept[o.Place] = o
	n.vault.mu.Unlock()
	_, err = n.Service.EraseWords(t.Context(), commands.By{Command: "erase", Actor: domain.Actor{Role: domain.Coordinator, Principal: "p"}}, commands.EraseWords{
		In: domain.Ref{Stream: domain.StatementStream("dl_FR", "1"), Version: 1}, Field: "text", RequestedAt: 1, LegalBasis: "request", By: "dpo",
	})
	require.NoError(t, err)
	j = decode[joined](t, n.get(path))
	require.Nil(t, j.Words)
	require.True(t, j.Erased, "the record declares it")

	n.vault.mu.Lock()
	n.vault.fail = errors.New(secret)
	n.vault.mu.Unlock()
	require.NotContains(t, requireProblem(t, n.get(path), 500, "internal").Detail, secret)
}

// hexSalt scans a salt.
type hexSalt [32]byte

func (h *hexSalt) Scan(s fmt.ScanState, verb rune) error {
	token, err := s.Token(true, nil)
	if err != nil {
		return err
	}
	for i := range h {
		if _, err := fmt.Sscanf(string(token[2*i:2*i+2]), "%02x", &h[i]); err != nil {
			return err
		}
	}
	return nil
}

// Log lines name routes, never people or what they say: neither of a request that went well, nor of one that failed deep inside.
func TestLogLinesNameNobody(t *testing.T) {
	t.Parallel()
	fail := false
	n := newNode(t, func(n *node) {
		n.Service.Ledger = &ledgertest.Faulty{Ledger: n.memory, After: func(_ context.Context, b ledger.Batch) error {
			if fail {
				return fmt.Errorf("write %s: no space", b.Stream)
			}
			return nil
		}}
	})
	ballot := `{"dialogue":"dl_FR","pseudonym":"nightingale","session":"s1","wave":"session","question":{"id":"ar_who-decides","version":1},"lang":"fr","answer":{"option":"myself"},"channel":"app"}`
	withdraw := `{"participant":"pa_FR_11","dialogue":"dl_FR","scopes":["quotes"],"effect":"stopFuture"}`
	n.post("react", "key-nightingale", `{"conversation":"dl_FR","statement":"1","respondent":"nightingale","value":"agree"}`)
	n.post("cast-ballot", "key-2-nightingale", ballot)
	n.post("post-statement", "k3", `{"conversation":"dl_FR","statement":"x","kind":"statement","text":"nightingale sang","lang":"en","author":"nightingale"}`, "Daybook-Actor", "participant:nightingale")
	n.post("react", "k", `{"nightingale":`)
	n.get("/v1/views/statement/dl_FR/nightingale?words=true")
	n.get("/v1/views/lineage?after=nightingale")
	n.get("/nightingale")
	n.do("GET", "/livez", "", "X-Request-Id", "nightingale")
	fail = true
	requireProblem(t, n.post("withdraw-consent", "k4", withdraw), 500, "internal")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", n.url+"/v1/events", nil)
	require.NoError(t, err)
	_, err = http.DefaultTransport.RoundTrip(r)
	require.Error(t, err)

	require.NotContains(t, n.log.String(), "nightingale")
	require.NotContains(t, n.log.String(), "pa_FR_11")
	require.Contains(t, n.log.String(), "write participant-…: no space", "but what is wrong can be told")
	require.Contains(t, n.log.String(), "route=/v1/commands/{name} status=422")
	require.Contains(t, n.log.String(), "route=/v1/views/{view}/* status=404")
	require.Equal(t, 9, strings.Count(n.log.String(), "msg=request"))
}

// broken is a store whose documents are not to be had.
type broken struct {
	readstore.Store
	err error
}

func (b broken) Get(context.Context, projections.Ref) (readstore.Doc, error) {
	return readstore.Doc{}, b.err
}

func (b broken) List(context.Context, string, string, int) iter.Seq2[readstore.Doc, error] {
	return func(yield func(readstore.Doc, error) bool) { yield(readstore.Doc{}, b.err) }
}
