// Package vaulttest is the contract of vault.Vault as a test suite.
package vaulttest

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"testing"

	"daybook.internal/domain"
	"daybook.internal/vault"
	"github.com/stretchr/testify/require"
)

// Run checks that the vaults that open gives keep the contract. open prepares one test: what it returns opens the vault of that test, empty at
// first; called again, it opens the same vault, even where the earlier one was not closed, as after a kill.
func Run(t *testing.T, open func(t *testing.T) func() vault.Vault) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(b bundle)
	}{
		{"what was sealed is opened", testSealOpen},
		{"salts are fresh", testSalts},
		{"sealing again gives the same commitments", testAgain},
		{"other words at the same place are a conflict", testConflict},
		{"all or none", testAllOrNone},
		{"one place twice in one seal", testTwice},
		{"nothing to seal", testNothing},
		{"any words", testWords},
		{"places are apart", testPlaces},
		{"words are somebody's", testSubjects},
		{"the caller's bytes are the caller's", testClones},
		{"what was erased is gone", testErase},
		{"openings of one subject go one by one", testEraseOfSubject},
		{"people of one pool go one by one", testPool},
		{"concurrent seals", testConcurrent},
		{"what was acknowledged is there after a kill", testReopen},
		{"a done context changes nothing", testContext},
		{"closing twice is closing once", testClose},
		{"it does what a map does", testModel},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			again := open(t)
			c.test(bundle{t, again(), again})
		})
	}
}

// bundle is one test, its vault, and the way to open that again.
type bundle struct {
	*testing.T
	vault.Vault
	reopen func() vault.Vault
}

// At is a place that is different for each n.
func At(n int) vault.Place {
	return vault.Place{Event: domain.NewEventID(fmt.Sprint("command ", n), "test-vault", n), Field: "text"}
}

// Of is whose words lie there: each subject has the words of three places.
func Of(n int) domain.StreamID { return domain.StreamName("test", fmt.Sprint(n/3)) }

func words(n int, text string) vault.Words {
	return vault.Words{Place: At(n), Subject: Of(n), Words: []byte(text)}
}

func (b bundle) seal(w ...vault.Words) []domain.Commitment {
	b.Helper()
	c, err := b.Seal(b.Context(), w...)
	require.NoError(b, err)
	require.Len(b, c, len(w))
	return c
}

// requireOpens says that v has these words, and that they are what the commitment commits to.
func (b bundle) requireOpens(v vault.Vault, w vault.Words, c domain.Commitment) vault.Opening {
	b.Helper()
	o, err := v.Open(b.Context(), w.Place)
	require.NoError(b, err)
	require.Equal(b, w.Place, o.Place)
	require.Equal(b, w.Subject, o.Subject)
	require.True(b, bytes.Equal(w.Words, o.Words))
	require.Equal(b, c, o.Commitment())
	require.Equal(b, c, domain.Commit(o.Salt, w.Event, w.Field, w.Words))
	return o
}

func (b bundle) requireNone(at vault.Place) {
	b.Helper()
	o, err := b.Open(b.Context(), at)
	require.ErrorIs(b, err, vault.ErrNotFound)
	require.Zero(b, o)
}

// requireSilent says that err does not repeat anybody's words.
func requireSilent(t testing.TB, err error, secrets ...string) {
	t.Helper()
	require.Error(t, err)
	for _, s := range secrets {
		require.False(t, strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), s), "the error repeats words")
	}
}

func testSealOpen(b bundle) {
	b.requireNone(At(1))
	c := b.seal(words(1, "I want trams."), words(2, "I want trees."))
	b.requireOpens(b, words(1, "I want trams."), c[0])
	b.requireOpens(b, words(2, "I want trees."), c[1])
	b.requireNone(At(3))
}

func testSalts(b bundle) {
	seen := map[domain.Salt]bool{{}: true}
	for n := range 50 {
		c := b.seal(words(n, "the same"))
		o := b.requireOpens(b, words(n, "the same"), c[0])
		require.False(b, seen[o.Salt], "a salt came twice, or is zero")
		seen[o.Salt] = true
	}
}

func testAgain(b bundle) {
	first := b.seal(words(1, "one"), words(2, "two"))
	require.Equal(b, first, b.seal(words(1, "one"), words(2, "two")))
	require.Equal(b, []domain.Commitment{first[1]}, b.seal(words(2, "two")))
	mixed := b.seal(words(2, "two"), words(3, "three"), words(1, "one"))
	require.Equal(b, []domain.Commitment{first[1], mixed[1], first[0]}, mixed)
	b.requireOpens(b, words(3, "three"), mixed[1])
}

func testConflict(b bundle) {
	const secret, other = "a secret about my neighbour", "another secret about my neighbour"
	first := b.seal(words(1, secret))
	for _, w := range []string{other, "", secret + " ", secret[:5]} {
		_, err := b.Seal(b.Context(), words(1, w))
		require.ErrorIs(b, err, domain.ErrIdempotencyConflict)
		requireSilent(b, err, "neighbour")
		require.ErrorContains(b, err, At(1).Event.String())
	}
	b.requireOpens(b, words(1, secret), first[0])
}

func testAllOrNone(b bundle) {
	first := b.seal(words(2, "two"))
	c, err := b.Seal(b.Context(), words(1, "one"), words(2, "something else"), words(3, "three"))
	require.ErrorIs(b, err, domain.ErrIdempotencyConflict)
	require.Nil(b, c)
	b.requireNone(At(1))
	b.requireNone(At(3))
	b.requireOpens(b, words(2, "two"), first[0])
	b.seal(words(1, "one, later"), words(3, "three, later"))
}

func testTwice(b bundle) {
	c := b.seal(words(1, "one"), words(1, "one"))
	require.Equal(b, c[0], c[1])
	_, err := b.Seal(b.Context(), words(2, "two"), words(2, "not two"))
	require.ErrorIs(b, err, domain.ErrIdempotencyConflict)
	b.requireNone(At(2))
}

func testNothing(b bundle) { require.Empty(b, b.seal()) }

func testWords(b bundle) {
	long := make([]byte, 48<<10)
	_, err := rand.Read(long)
	require.NoError(b, err)
	all := []vault.Words{
		{Place: At(0), Subject: Of(0)}, words(1, ""), words(2, "\x00"), words(3, "日本 🗳 'quoted' \"and\" -- more"), words(4, "\xff\xfe"), words(5, string(long)),
	}
	c := b.seal(all...)
	for i, w := range all {
		b.requireOpens(b, w, c[i])
	}
	require.Equal(b, c, b.seal(all...))
	_, err = b.Seal(b.Context(), words(0, "no longer empty"))
	require.ErrorIs(b, err, domain.ErrIdempotencyConflict)
}

func testPlaces(b bundle) {
	text, reason := words(1, "text"), words(1, "reason")
	reason.Field = "reason"
	c := b.seal(text, reason)
	require.NotEqual(b, c[0], c[1])
	b.requireOpens(b, text, c[0])
	b.requireOpens(b, reason, c[1])
	b.requireNone(vault.Place{Event: At(1).Event, Field: "Text"})
	b.requireNone(vault.Place{Event: At(1).Event})
	b.requireNone(vault.Place{Field: "text"})
}

func testSubjects(b bundle) {
	nobodys := words(1, "a secret")
	nobodys.Subject = ""
	_, err := b.Seal(b.Context(), words(2, "somebody's"), nobodys)
	requireSilent(b, err, "secret")
	b.requireNone(At(1))
	b.requireNone(At(2))
	c := b.seal(words(1, "the same"), words(7, "the same"))
	b.requireOpens(b, words(1, "the same"), c[0])
	b.requireOpens(b, words(7, "the same"), c[1])
	moved := words(1, "the same")
	moved.Subject = Of(7)
	require.Equal(b, c[0], b.seal(moved)[0])
	b.requireOpens(b, words(1, "the same"), c[0]) // whose they are was said when they were sealed
}

func testClones(b bundle) {
	w := words(1, "intact")
	c := b.seal(w)
	copy(w.Words, "XXXXXX")
	o := b.requireOpens(b, words(1, "intact"), c[0])
	copy(o.Words, "XXXXXX")
	b.requireOpens(b, words(1, "intact"), c[0])
}

func testErase(b bundle) {
	require.NoError(b, b.Erase(b.Context()), "nothing to erase")
	c := b.seal(words(1, "one"), words(2, "two"), words(3, "three"))
	reason := words(1, "reason")
	reason.Field = "reason"
	kept := b.seal(reason)
	require.NoError(b, b.Erase(b.Context(), At(1), At(3), At(9)))
	b.requireNone(At(1))
	b.requireNone(At(3))
	b.requireOpens(b, words(2, "two"), c[1])
	b.requireOpens(b, reason, kept[0])
	require.NoError(b, b.Erase(b.Context(), At(1), At(3)), "once more changes nothing")

	v := b.reopen() // the first was not closed
	defer v.Close()
	_, err := v.Open(b.Context(), At(1))
	require.ErrorIs(b, err, vault.ErrNotFound)
	_, err = v.Open(b.Context(), At(2))
	require.NoError(b, err)

	again := b.seal(words(1, "one"))
	require.NotEqual(b, c[0], again[0], "the old salt is gone")
	b.requireOpens(b, words(1, "one"), again[0])
	b.seal(words(3, "other words"))
}

func testEraseOfSubject(b bundle) {
	all := []vault.Words{words(0, "zero"), words(1, "one"), words(2, "two")} // of one subject
	require.Equal(b, Of(0), Of(2))
	c := b.seal(all...)
	require.NoError(b, b.Erase(b.Context(), At(1)))
	b.requireOpens(b, all[0], c[0])
	b.requireNone(At(1))
	b.requireOpens(b, all[2], c[2])
	again := b.seal(all...)
	require.Equal(b, []domain.Commitment{c[0], c[2]}, []domain.Commitment{again[0], again[2]})
	b.requireOpens(b, all[1], again[1])
	require.NoError(b, b.Erase(b.Context(), At(0), At(1), At(2)))
	for n := range all {
		b.requireNone(At(n))
	}
	c = b.seal(all[2])
	b.requireOpens(b, all[2], c[0])
	b.requireNone(At(0))
}

// testPool: one event has openings of many subjects and, of nobody, the leaves of everybody, which are long. Whoever goes takes no other with them.
func testPool(b bundle) {
	event := At(0).Event
	var all []vault.Words
	for n := range 40 {
		id := domain.ParticipantID(fmt.Sprint("pa_", n))
		all = append(all, vault.Words{Place: vault.Place{Event: event, Field: domain.PoolField(id)}, Subject: domain.ParticipantStream(id), Words: fmt.Appendf(nil, `{"id":%q}`, id)})
	}
	leaves := make([]byte, 100_000*32)
	_, err := rand.Read(leaves)
	require.NoError(b, err)
	c := b.seal(all...)
	kept := vault.Words{Place: vault.Place{Event: event, Field: domain.LeavesField}, Subject: domain.SortitionStream("dl_1"), Words: leaves}
	root := b.seal(kept)
	require.NoError(b, b.Erase(b.Context(), all[3].Place))
	require.NoError(b, b.Erase(b.Context(), all[7].Place, vault.Place{Event: event, Field: domain.PoolField("pa_none")}))

	v := b.reopen()
	defer v.Close()
	salts := map[domain.Salt]bool{}
	for n, w := range all {
		if n == 3 || n == 7 {
			b.requireNone(w.Place)
			continue
		}
		salts[b.requireOpens(v, w, c[n]).Salt] = true
	}
	require.Len(b, salts, len(all)-2, "everybody has a salt of their own")
	b.requireOpens(v, kept, root[0])
}

func testConcurrent(b bundle) {
	const sealers, each = 8, 20
	shared, own := make([][]domain.Commitment, sealers), make([][]domain.Commitment, sealers)
	conflicts := make([]error, sealers)
	var wg sync.WaitGroup
	for s := range sealers {
		wg.Go(func() {
			for n := range each {
				c, err := b.Seal(b.Context(), words(n, "shared"), words(1000+s*each+n, fmt.Sprint("own ", s)))
				if err != nil {
					b.Error(err)
					return
				}
				shared[s], own[s] = append(shared[s], c[0]), append(own[s], c[1])
			}
			_, conflicts[s] = b.Seal(b.Context(), words(9999, fmt.Sprint("only one can win ", s)))
		})
	}
	wg.Wait()
	won := 0
	for s := range sealers {
		require.Equal(b, shared[0], shared[s], "everybody got the same commitments")
		for n, c := range own[s] {
			b.requireOpens(b, words(1000+s*each+n, fmt.Sprint("own ", s)), c)
		}
		if conflicts[s] == nil {
			won++
		} else {
			require.ErrorIs(b, conflicts[s], domain.ErrIdempotencyConflict)
		}
	}
	require.Equal(b, 1, won)
}

func testReopen(b bundle) {
	first := b.seal(words(1, "one"))
	v := b.reopen() // the first was not closed
	defer v.Close()
	b.requireOpens(v, words(1, "one"), first[0])
	require.NoError(b, b.Close())
	second, err := v.Seal(b.Context(), words(1, "one"), words(2, "two"))
	require.NoError(b, err)
	require.Equal(b, first[0], second[0])
	require.NoError(b, v.Close())
	v = b.reopen()
	defer v.Close()
	b.requireOpens(v, words(1, "one"), first[0])
	b.requireOpens(v, words(2, "two"), second[1])
}

func testContext(b bundle) {
	c := b.seal(words(1, "one"))
	done, cancel := context.WithCancel(b.Context())
	cancel()
	_, err := b.Seal(done, words(2, "a secret"))
	require.ErrorIs(b, err, context.Canceled)
	requireSilent(b, err, "secret")
	_, err = b.Open(done, At(1))
	require.ErrorIs(b, err, context.Canceled)
	require.ErrorIs(b, b.Erase(done, At(1)), context.Canceled)
	require.ErrorIs(b, b.Erase(done), context.Canceled)
	b.requireNone(At(2))
	b.requireOpens(b, words(1, "one"), c[0])
}

func testClose(b bundle) {
	require.NoError(b, b.Close())
	require.NoError(b, b.Close())
	_, err := b.Seal(b.Context(), words(1, "a secret"))
	requireSilent(b, err, "secret")
	_, err = b.Open(b.Context(), At(1))
	require.Error(b, err)
	require.NotErrorIs(b, err, vault.ErrNotFound)
	require.Error(b, b.Erase(b.Context(), At(1)), "who is told that it is done believes it")
}
