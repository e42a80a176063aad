package witness_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
	"daybook.internal/notary/witness"
)

// panel is a log with witnesses, and a client of theirs.
type panel struct {
	log     *history
	keys    []*notary.Cosigner
	policy  string
	client  *witness.Client
	answers map[string]error
	proved  []int64
}

// newPanel makes a client of n witnesses, w0, w1, …, each of which answers by its handler; nil has no address.
func newPanel(t *testing.T, quorum string, handlers ...func(k *notary.Cosigner) http.Handler) *panel {
	t.Helper()
	p := &panel{log: newHistory(t, "log.example/a"), answers: map[string]error{}}
	p.log.grow(40, "a")
	names := []string{}
	for i, h := range handlers {
		text, _, err := notary.NewWitnessKey(strings.NewReader(strings.Repeat(fmt.Sprint(i), 64)), fmt.Sprint("witness.example/", i))
		require.NoError(t, err)
		k, err := notary.ParseCosigner(text)
		require.NoError(t, err)
		p.keys = append(p.keys, k)
		names = append(names, fmt.Sprint("w", i))
		p.policy += fmt.Sprintf("witness w%d %s", i, k.Public())
		if h != nil {
			s := httptest.NewServer(h(k))
			t.Cleanup(s.Close)
			p.policy += " " + s.URL + "/prefix/"
		}
		p.policy += "\n"
	}
	p.policy += strings.ReplaceAll(quorum, "WITNESSES", strings.Join(names, " "))
	policy, err := notary.ParsePolicy([]byte(p.policy))
	require.NoError(t, err)
	p.client = &witness.Client{
		Policy: policy, Patience: time.Minute, Grace: time.Minute,
		Answered: func(a witness.Answer) { p.answers[a.Witness] = a.Err },
	}
	return p
}

// cosign asks for the head of a size.
func (p *panel) cosign(ctx context.Context, old, size int64) ([]byte, error) {
	p.answers, p.proved = map[string]error{}, nil
	return p.client.Cosign(ctx, old, func(from int64) ([]tlog.Hash, error) {
		p.proved = append(p.proved, from)
		return p.log.proof(from, size), nil
	}, p.log.head(size))
}

// cosigners are the names of the witnesses whose cosignatures a checkpoint has.
func (p *panel) cosigners(t *testing.T, signed []byte) (names []string) {
	t.Helper()
	have, err := p.client.Policy.Cosignatures(signed)
	require.NoError(t, err)
	for _, c := range have {
		names = append(names, c.Witness)
	}
	return names
}

// simple is a witness that remembers nothing: it is always at size at.
func simple(at int64) func(k *notary.Cosigner) http.Handler {
	return func(k *notary.Cosigner) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			request, err := witness.ParseRequest(body)
			switch {
			case err != nil || r.URL.Path != "/prefix/add-checkpoint":
				rw.WriteHeader(http.StatusBadRequest)
			case request.Old != at:
				rw.Header().Set("Content-Type", "text/x.tlog.size")
				rw.WriteHeader(http.StatusConflict)
				fmt.Fprintln(rw, at)
			default:
				_, _ = rw.Write(line(k, request.Checkpoint, 77))
			}
		})
	}
}

// line is the line of a cosignature.
func line(k *notary.Cosigner, signed []byte, at int64) []byte {
	text, _, _ := strings.Cut(string(signed), "\n\n")
	cosigned, err := note.Sign(&note.Note{Text: text + "\n"}, k.At(at))
	if err != nil {
		return nil
	}
	_, signature, _ := strings.Cut(string(cosigned), "\n\n")
	return []byte(signature)
}

func says(status int, kind, body string) func(*notary.Cosigner) http.Handler {
	return func(*notary.Cosigner) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", kind)
			rw.WriteHeader(status)
			_, _ = io.WriteString(rw, body)
		})
	}
}

// real is a witness of this package.
func real(t *testing.T) func(*notary.Cosigner) http.Handler {
	return func(k *notary.Cosigner) http.Handler {
		log := newHistory(t, "log.example/a")
		var seed byte
		_, err := fmt.Sscanf(k.Public().Name(), "witness.example/%c", &seed)
		require.NoError(t, err)
		w, err := witness.Open(witness.Options{
			Dir: t.TempDir(), Name: k.Public().Name(), Logs: []note.Verifier{log.key}, Rand: strings.NewReader(strings.Repeat(string(seed), 64)),
			Now: func() time.Time { return time.Unix(1000, 0) },
		})
		require.NoError(t, err)
		require.Equal(t, k.Public().String(), w.Key().String())
		return http.StripPrefix("/prefix", witness.Handler(w, nil))
	}
}

// TestCatchUp goes on from whatever size witnesses are at, and keeps it in mind.
func TestCatchUp(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "group all 3 WITNESSES\nquorum all", real(t), real(t), real(t))
	// They know nothing, and the log believes them at 7.
	signed, err := p.cosign(t.Context(), 7, 10)
	require.NoError(t, err)
	require.Equal(t, []string{"w0", "w1", "w2"}, p.cosigners(t, signed))
	require.Equal(t, []int64{7}, p.proved, "one proof for all; none is needed from nothing")
	require.Equal(t, map[string]error{"w0": nil, "w1": nil, "w2": nil}, p.answers)
	signed, err = p.cosign(t.Context(), 7, 20)
	require.NoError(t, err)
	require.Len(t, p.cosigners(t, signed), 3)
	require.Equal(t, []int64{10}, p.proved)
	_, err = p.cosign(t.Context(), 20, 20) // the same again
	require.NoError(t, err)
	require.Empty(t, p.proved)
	// Another process begins with the size that was published.
	p.client = &witness.Client{Policy: p.client.Policy}
	_, err = p.cosign(t.Context(), 20, 30)
	require.NoError(t, err)
	require.Equal(t, []int64{20}, p.proved)
	// A log that was put back: its witnesses have seen more.
	p.client.Answered = func(a witness.Answer) { p.answers[a.Witness] = a.Err }
	signed, err = p.cosign(t.Context(), 20, 25)
	require.ErrorIs(t, err, notary.ErrSignature)
	require.Equal(t, p.log.head(25), signed)
	require.ErrorIs(t, p.answers["w1"], witness.ErrAhead)
	require.ErrorContains(t, p.answers["w1"], "it knows 30 events, and this head has 25")
	// And one that was forked.
	fork := newHistory(t, "log.example/a")
	fork.grow(40, "b")
	p.log = fork
	_, err = p.cosign(t.Context(), 30, 35)
	require.ErrorIs(t, err, notary.ErrSignature)
	require.ErrorIs(t, p.answers["w1"], witness.ErrInconsistent)
}

// TestBadAnswers lets one of two witnesses answer badly in every way; the other's cosignature is kept, and the error has a name.
func TestBadAnswers(t *testing.T) {
	t.Parallel()
	hangsUp := func(*notary.Cosigner) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	}
	asked := atomic.Int64{}
	moving := func(*notary.Cosigner) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "text/x.tlog.size; charset=utf-8")
			rw.WriteHeader(http.StatusConflict)
			fmt.Fprintln(rw, asked.Add(1))
		})
	}
	withKey := func(answer func(k *notary.Cosigner, signed []byte) []byte) func(*notary.Cosigner) http.Handler {
		return func(k *notary.Cosigner) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				request, _ := witness.ParseRequest(body)
				_, _ = rw.Write(answer(k, request.Checkpoint))
			})
		}
	}
	text, _, err := notary.NewWitnessKey(strings.NewReader(strings.Repeat("x", 64)), "witness.example/1")
	require.NoError(t, err)
	other, err := notary.ParseCosigner(text)
	require.NoError(t, err)
	elsewhere := newHistory(t, "log.example/a").head(0)
	const size = "text/x.tlog.size"
	for name, c := range map[string]struct {
		handler func(*notary.Cosigner) http.Handler
		want    error
	}{
		"malformed":           {says(400, "text/plain", "no"), witness.ErrMalformed},
		"unsigned":            {says(403, "text/plain", "no"), witness.ErrUnsigned},
		"unknown":             {says(404, "text/plain", "no"), witness.ErrUnknownLog},
		"inconsistent":        {says(422, "text/plain", "no"), witness.ErrInconsistent},
		"busy":                {says(429, "text/plain", "no"), witness.ErrBusy},
		"broken":              {says(500, "text/plain", "\x1b[31mno"), witness.ErrBusy},
		"teapot":              {says(418, "text/plain", "no"), witness.ErrAnswer},
		"nothing":             {says(200, "text/plain", ""), witness.ErrAnswer},
		"no line":             {says(200, "text/plain", "hello\n"), witness.ErrAnswer},
		"endless":             {says(200, "text/plain", strings.Repeat("x", 1<<20)), witness.ErrAnswer},
		"conflict of no type": {says(409, "text/plain", "3\n"), witness.ErrAnswer},
		"conflict of no size": {says(409, size, "three\n"), witness.ErrAnswer},
		"conflict unended":    {says(409, size, "3"), witness.ErrAnswer},
		"conflict padded":     {says(409, size, "03\n"), witness.ErrAnswer},
		"conflict negative":   {says(409, size, "-3\n"), witness.ErrAnswer},
		"conflict too large":  {says(409, size, "99999999999999999999\n"), witness.ErrAnswer},
		"conflict ahead":      {says(409, size, "9223372036854775807\n"), witness.ErrAnswer},
		"conflict beyond":     {says(409, size, "41\n"), witness.ErrAhead},
		"conflict twice":      {moving, witness.ErrMoving},
		"hangs up":            {hangsUp, witness.ErrUnreachable},
		"no address":          {nil, witness.ErrNoAddress},
		"another's key":       {withKey(func(_ *notary.Cosigner, signed []byte) []byte { return line(other, signed, 5) }), witness.ErrAnswer},
		"another head":        {withKey(func(k *notary.Cosigner, _ []byte) []byte { return line(k, elsewhere, 5) }), witness.ErrAnswer},
		"a line and no end": {withKey(func(k *notary.Cosigner, signed []byte) []byte {
			return []byte(strings.TrimSuffix(string(line(k, signed, 5)), "\n"))
		}), witness.ErrAnswer},
		"a text of its own": {withKey(func(k *notary.Cosigner, signed []byte) []byte {
			return append([]byte("a text\n\n"), line(k, signed, 5)...)
		}), witness.ErrAnswer},
	} {
		p := newPanel(t, "quorum w0", simple(0), c.handler)
		if c.want == witness.ErrMoving {
			asked.Store(0)
		}
		signed, err := p.cosign(t.Context(), 0, 40)
		require.NoError(t, err, name)
		require.Equal(t, []string{"w0"}, p.cosigners(t, signed), name)
		require.ErrorIs(t, p.answers["w1"], c.want, name)
		require.NotContains(t, p.answers["w1"].Error(), "\x1b")
		require.NoError(t, p.answers["w0"], name)

		p = newPanel(t, "group both all WITNESSES\nquorum both", simple(0), c.handler)
		asked.Store(0)
		signed, err = p.cosign(t.Context(), 0, 40)
		require.ErrorIs(t, err, notary.ErrSignature, name)
		require.ErrorContains(t, err, "missing: w1", name)
		require.Equal(t, []string{"w0"}, p.cosigners(t, signed), name)
	}
}

// TestRedirectsAreNotFollowed: whom to ask stands in the policy.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	reached := atomic.Bool{}
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	t.Cleanup(other.Close)
	p := newPanel(t, "quorum none", func(*notary.Cosigner) http.Handler {
		return http.RedirectHandler(other.URL, http.StatusTemporaryRedirect)
	})
	_, err := p.cosign(t.Context(), 0, 40)
	require.NoError(t, err)
	require.ErrorIs(t, p.answers["w0"], witness.ErrAnswer)
	require.False(t, reached.Load())
}

// TestOtherLinesAreDropped takes one line, in one form, out of an answer with several.
func TestOtherLinesAreDropped(t *testing.T) {
	t.Parallel()
	several := func(k *notary.Cosigner) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			request, _ := witness.ParseRequest(body)
			fmt.Fprintf(rw, "— witness.example/new AAAAAAAA\n%s%s", line(k, request.Checkpoint, 5), line(k, request.Checkpoint, 6))
		})
	}
	p := newPanel(t, "quorum w0", several)
	signed, err := p.cosign(t.Context(), 0, 40)
	require.NoError(t, err)
	require.Equal(t, string(p.log.head(40))+string(line(p.keys[0], p.log.head(40), 5)), string(signed))
}

// TestSlowWitness holds nobody up beyond the quorum and a while after it; and in that while it is still heard.
func TestSlowWitness(t *testing.T) {
	t.Parallel()
	never := func(*notary.Cosigner) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-r.Context().Done() })
	}
	p := newPanel(t, "group two 2 WITNESSES\nquorum two", simple(0), simple(3), never)
	p.client.Grace = time.Millisecond
	signed, err := p.cosign(t.Context(), 0, 40)
	require.NoError(t, err)
	require.Equal(t, []string{"w0", "w1"}, p.cosigners(t, signed))
	require.ErrorIs(t, p.answers["w2"], witness.ErrSlow)

	p = newPanel(t, "group all all WITNESSES\nquorum all", simple(0), never)
	p.client.Patience = time.Millisecond
	_, err = p.cosign(t.Context(), 0, 40)
	require.ErrorIs(t, err, notary.ErrSignature)
	require.ErrorIs(t, p.answers["w1"], witness.ErrUnreachable)
	require.ErrorIs(t, p.answers["w1"], context.DeadlineExceeded)

	quorum := make(chan struct{})
	late := func(k *notary.Cosigner) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { <-quorum; simple(0)(k).ServeHTTP(rw, r) })
	}
	p = newPanel(t, "quorum w0", simple(0), late)
	p.client.Answered = func(a witness.Answer) {
		if a.Witness == "w0" {
			close(quorum)
		}
	}
	signed, err = p.cosign(t.Context(), 0, 40)
	require.NoError(t, err)
	require.Equal(t, []string{"w0", "w1"}, p.cosigners(t, signed))

	ctx, cancel := context.WithCancelCause(t.Context())
	p = newPanel(t, "group two 2 WITNESSES\nquorum two", simple(0), never)
	p.client.Answered = func(a witness.Answer) {
		p.answers[a.Witness] = a.Err
		cancel(errors.New("stopping"))
	}
	signed, err = p.cosign(ctx, 0, 40)
	require.ErrorIs(t, err, notary.ErrSignature)
	require.Equal(t, []string{"w0"}, p.cosigners(t, signed))
	require.ErrorIs(t, p.answers["w1"], context.Canceled)
}

// TestTheRestIsAskedAgain goes on from the cosignatures that there are.
func TestTheRestIsAskedAgain(t *testing.T) {
	t.Parallel()
	well := atomic.Bool{}
	ill := func(k *notary.Cosigner) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if well.Load() {
				simple(0)(k).ServeHTTP(rw, r)
				return
			}
			rw.WriteHeader(http.StatusServiceUnavailable)
		})
	}
	p := newPanel(t, "group two 2 WITNESSES\nquorum two", simple(0), ill)
	signed, err := p.cosign(t.Context(), 0, 40)
	require.ErrorContains(t, err, "missing: w1")
	well.Store(true)
	p.answers = map[string]error{}
	signed, err = p.client.Cosign(t.Context(), 0, nil, signed)
	require.NoError(t, err)
	require.Equal(t, []string{"w0", "w1"}, p.cosigners(t, signed))
	require.Equal(t, map[string]error{"w1": nil}, p.answers)
	_, err = p.client.Cosign(t.Context(), 0, nil, []byte("no note"))
	require.ErrorIs(t, err, notary.ErrForm)
}

// TestWhereAWitnessSaidItIs is kept in mind, also when nothing else came of asking it.
func TestWhereAWitnessSaidItIs(t *testing.T) {
	t.Parallel()
	asked := atomic.Int64{}
	p := newPanel(t, "quorum w0", func(k *notary.Cosigner) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if asked.Add(1) == 2 {
				rw.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			simple(9)(k).ServeHTTP(rw, r)
		})
	})
	_, err := p.cosign(t.Context(), 0, 40)
	require.ErrorIs(t, err, notary.ErrSignature)
	require.ErrorIs(t, p.answers["w0"], witness.ErrBusy)
	_, err = p.cosign(t.Context(), 0, 40)
	require.NoError(t, err)
	require.EqualValues(t, 3, asked.Load())
}

// TestNoProofAfterwards lets a proof take longer than Cosign waits for its witness: Cosign returns when the proof is made, and the tiles are free again.
func TestNoProofAfterwards(t *testing.T) {
	t.Parallel()
	p := newPanel(t, "quorum w0", simple(0), simple(9))
	p.client.Grace = time.Millisecond
	slow, made := make(chan struct{}), false
	p.client.Answered = func(a witness.Answer) {
		if p.answers[a.Witness] = a.Err; a.Witness == "w1" {
			close(slow)
		}
	}
	began := make(chan struct{})
	p.client.HTTP = &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		if strings.HasPrefix(p.client.Policy.Witnesses[0].URL, "http://"+r.URL.Host+"/") {
			<-began // w0 answers when w1 is having its proof made
		}
		return http.DefaultTransport.RoundTrip(r)
	})}
	_, err := p.client.Cosign(t.Context(), 0, func(from int64) ([]tlog.Hash, error) {
		close(began)
		<-slow
		time.Sleep(10 * time.Millisecond) // longer than Cosign needs to return, if it did not wait
		made = true
		return p.log.proof(from, 40), nil
	}, p.log.head(40))
	require.NoError(t, err)
	require.True(t, made)
	require.ErrorIs(t, p.answers["w1"], witness.ErrSlow)
}

type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// TestProofsThatFail: a proof that cannot be made is nobody else's fault. After Cosign nobody asks for another.
func TestProofsThatFail(t *testing.T) {
	t.Parallel()
	torn := errors.New("a tile is missing")
	p := newPanel(t, "quorum w0", simple(0), simple(9), simple(9))
	var mu sync.Mutex // Cosign says that it is not needed
	calls := 0
	signed, err := p.client.Cosign(t.Context(), 0, func(from int64) ([]tlog.Hash, error) {
		require.True(t, mu.TryLock())
		defer mu.Unlock()
		calls++
		return nil, torn
	}, p.log.head(40))
	require.NoError(t, err)
	require.Equal(t, []string{"w0"}, p.cosigners(t, signed))
	require.ErrorIs(t, p.answers["w1"], torn)
	require.ErrorIs(t, p.answers["w2"], torn)
	require.Equal(t, 1, calls)
}
