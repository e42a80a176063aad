package adjudicate_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/replay/adjudicate"
	"daybook.internal/simulate"
	"daybook.internal/vault"
)

// record is a whole ledger; it is its own Past.
type record []domain.Record

// Record is that of adjudicate.Past.
func (r record) Record(ctx context.Context, seq uint64) (domain.Record, error) {
	if seq >= uint64(len(r)) {
		return domain.Record{}, errors.New("nobody has seen this record")
	}
	return r[seq], ctx.Err()
}

func (r record) facts(t testing.TB) []domain.Fact {
	t.Helper()
	facts := make([]domain.Fact, len(r))
	for i := range r {
		var err error
		facts[i], err = r[i].Decode()
		require.NoError(t, err)
	}
	return facts
}

func recordOf(l ledger.Reader) (all record) {
	for e, err := range l.All(context.Background(), ledger.Cursor{}) {
		must(err)
		all = append(all, e.Record)
	}
	return all
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// violations judges a whole record.
func violations(t testing.TB, r record, o adjudicate.Options) []string {
	t.Helper()
	return verdicts(t, adjudicate.New(r, o), r)
}

func verdicts(t testing.TB, c *adjudicate.Court, r record) (found []string) {
	t.Helper()
	for facts := r.facts(t); len(facts) > 0; {
		n := min(len(facts), 300)
		require.NoError(t, c.Try(context.Background(), c.Prepare(facts[:n]), func(v *adjudicate.Violation) { found = append(found, v.Error()) }))
		facts = facts[n:]
	}
	return found
}

// small is an edition in which everything happens that can happen but for draws of whole walks, which walked has; tiny is one in which nearly everything does.
var (
	walked = sync.OnceValue(func() record {
		return simulated(simulate.Options{Seed: 1, Countries: 2, Citizens: simulate.MinCitizens, Walks: true})
	})
	small = sync.OnceValue(func() record { return simulated(simulate.Options{Seed: 1, Countries: 6, Citizens: 20, Online: 8}) })
	tiny  = sync.OnceValue(func() record {
		return simulated(simulate.Options{Seed: 2, Countries: 2, Citizens: simulate.MinCitizens, Online: 2})
	})
)

func simulated(o simulate.Options) record {
	s := &commands.Service{Ledger: ledgertest.NewMemory(), Vault: newWords()}
	_, err := simulate.Run(context.Background(), s, o, func(int, int) {})
	must(err)
	return recordOf(s.Ledger)
}

// first is the first event of a type for which is true.
func first[E domain.Event](t testing.TB, r record, is func(domain.Fact, E) bool) domain.Fact {
	t.Helper()
	var of E
	at := slices.IndexFunc(r, func(r domain.Record) bool {
		if r.Type != domain.TypeOf(of) {
			return false
		}
		f, err := r.Decode()
		require.NoError(t, err)
		return is(f, f.Event.(E))
	})
	require.GreaterOrEqual(t, at, 0, "there is no such %s", domain.TypeOf(of))
	f, err := r[at].Decode()
	require.NoError(t, err)
	return f
}

// words is a vault in memory.
type words struct {
	mu   sync.Mutex
	kept map[vault.Place]vault.Opening
}

func newWords() *words { return &words{kept: map[vault.Place]vault.Opening{}} }

// Seal is that of vault.Vault.
func (w *words) Seal(ctx context.Context, all ...vault.Words) (out []domain.Commitment, err error) {
	for _, s := range all {
		o := vault.Opening{Place: s.Place, Salt: domain.Salt{1}, Words: bytes.Clone(s.Words)}
		if err := w.Keep(ctx, o); err != nil {
			return nil, err
		}
		out = append(out, o.Commitment())
	}
	return out, ctx.Err()
}

// Keep is that of vault.Keeper.
func (w *words) Keep(_ context.Context, all ...vault.Opening) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range all {
		if have, ok := w.kept[o.Place]; ok && !bytes.Equal(have.Words, o.Words) {
			return domain.Reject(domain.ErrIdempotencyConflict, "other words are sealed there")
		}
		w.kept[o.Place] = o
	}
	return nil
}

// Open is that of vault.Vault.
func (w *words) Open(_ context.Context, at vault.Place) (vault.Opening, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o, ok := w.kept[at]
	if !ok {
		return o, vault.ErrNotFound
	}
	return o, nil
}

// Erase is that of vault.Vault.
func (w *words) Erase(_ context.Context, all ...vault.Place) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, at := range all {
		delete(w.kept, at)
	}
	return nil
}

// Close is that of vault.Vault.
func (*words) Close() error { return nil }

// familyOf is the first part of a stream's name.
func familyOf(s domain.StreamID) string {
	name, _, _ := strings.Cut(string(s), "-")
	return name
}
