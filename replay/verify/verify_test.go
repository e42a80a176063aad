package verify_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger/tiles"
	"daybook.internal/notary"
	"daybook.internal/projections"
	"daybook.internal/replay"
	"daybook.internal/replay/verify"
	"daybook.internal/replay/verify/verifytest"
)

// checked verifies the files of a directory.
func checked(t *testing.T, dir string, o verify.Options) verify.Report {
	t.Helper()
	files, err := tiles.Open(dir)
	require.NoError(t, err)
	defer func() { require.NoError(t, files.Close()) }()
	r, err := verify.Run(t.Context(), files, o, nil)
	require.NoError(t, err)
	return r
}

func check(t *testing.T, r verify.Report, name string) verify.Check {
	t.Helper()
	i := slices.IndexFunc(r.Checks, func(c verify.Check) bool { return c.Check == name })
	require.GreaterOrEqual(t, i, 0, name)
	return r.Checks[i]
}

func brought(t *testing.T, l *verifytest.Log) verify.Options {
	annex := l.Annex()
	return verify.Options{Key: l.Keys.Verifier, Policy: l.Keys.Policy(t), Annex: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(annex)), nil }}
}

// Everything is counted that there is, from a directory and from a zip file.
func TestAnHonestBundle(t *testing.T) {
	t.Parallel()
	l := verifytest.Edition(t, verifytest.Small)
	b := l.Bundle(t)
	n := uint64(len(l.Records))
	o := brought(t, l)
	o.Pin, o.Fresh, o.Now = l.Head(t, 1000), 24*time.Hour, func() time.Time { return time.Unix(l.CosignedAt(t, int64(n)), 0).Add(23 * time.Hour) }
	for _, where := range []string{b.Dir(t), b.Zip(t)} {
		r := checked(t, where, o)
		require.Equal(t, verify.Verified, r.Verdict, "%+v", r)
		require.Empty(t, r.Findings)
		require.Equal(t, []uint64{n, n}, []uint64{r.Size, r.Events})
		require.Equal(t, b["checkpoint"], r.Head)
		for name, want := range map[string]uint64{
			"checkpoint": 1, "witnesses": 3, "fresh": 3, "pin": 1, "heads": 3, "root": n, "tiles": (n+255)/256 + 1, "form": n, "streams": n, "times": n, "rules": n,
			"openings": uint64(len(l.Openings)), "sums": uint64(len(b) - 1), "documents": r.Documents,
		} {
			c := check(t, r, name)
			require.Equal(t, verify.Passed, c.Outcome, "%+v", c)
			require.Equal(t, want, c.Count, name)
		}
		require.NotZero(t, check(t, r, "views").Count)
		require.NotZero(t, r.Documents)
	}
	o.Now = func() time.Time { return time.Unix(l.CosignedAt(t, int64(n)), 0).Add(25 * time.Hour) }
	require.Equal(t, map[string]uint64{replay.Stale: 1}, checked(t, b.Dir(t), o).Found)
	o.Now = func() time.Time { return time.Unix(l.CosignedAt(t, int64(n)), 0).Add(-time.Hour) }
	r := checked(t, b.Dir(t), o)
	require.Equal(t, verify.NotVerified, r.Verdict, "cosigned at a time to come")
	require.Equal(t, verify.NotDone, check(t, r, "fresh").Outcome)
}

// What the auditor did not bring is not asked, and that is no pass either.
func TestNothingBrought(t *testing.T) {
	t.Parallel()
	l := verifytest.Edition(t, verifytest.Small)
	l.Records = l.Records[:300]
	r := checked(t, l.Published(t).Dir(t), verify.Options{Key: l.Keys.Verifier})
	require.Equal(t, verify.Verified, r.Verdict)
	for _, name := range []string{"witnesses", "fresh", "pin", "times", "documents", "openings", "sums"} {
		require.Equal(t, verify.NotAsked, check(t, r, name).Outcome, name)
	}
	_, err := verify.Run(t.Context(), nil, verify.Options{}, nil)
	require.Error(t, err)
}

// A log alone is not a bundle from which somebody took what was to be compared.
func TestPartsOfABundle(t *testing.T) {
	t.Parallel()
	l := verifytest.Edition(t, verifytest.Small)
	l.Records = l.Records[:300]
	whole := l.Bundle(t)
	for gone, check1 := range map[string]string{"SHA256SUMS": "sums", "documents/index.json": "documents"} {
		part := whole.Clone()
		delete(part, gone)
		if gone != "SHA256SUMS" {
			part.Sum()
		}
		r := checked(t, part.Dir(t), brought(t, l))
		require.Equal(t, verify.NotVerified, r.Verdict)
		require.Equal(t, verify.NotDone, check(t, r, check1).Outcome)
	}
}

// An event that cannot be read ends what rests on it, and nothing else.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	l := verifytest.Edition(t, verifytest.Small)
	b := l.Bundle(t)
	l.Records[1500].Type = "opinion-changed.v1"
	require.True(t, l.Change(1700, `":"`, `": "`))
	for name, data := range l.Published(t) {
		b[name] = data
	}
	b.Sum()
	r := checked(t, b.Dir(t), brought(t, l))
	require.Equal(t, map[string]uint64{replay.Schema: 1, replay.Canonical: 1}, r.Found)
	for _, name := range []string{"streams", "times", "rules", "views", "documents", "openings"} {
		c := check(t, r, name)
		require.Equal(t, verify.NotDone, c.Outcome, name)
		require.Contains(t, c.Detail, "event 1500 cannot be read", name)
	}
	for _, name := range []string{"root", "tiles", "heads", "sums", "witnesses"} {
		require.Equal(t, verify.Passed, check(t, r, name).Outcome, name)
	}
	require.EqualValues(t, len(l.Records), r.Events)
}

// All of them are counted, and the first are told.
func TestManyFindings(t *testing.T) {
	t.Parallel()
	l := verifytest.Edition(t, verifytest.Small)
	for i := range 150 {
		l.Records[1000+i].Revision = uint64(100_000 - 3*i) // no two of them follow each other
	}
	r := checked(t, l.Published(t).Dir(t), verify.Options{Key: l.Keys.Verifier})
	require.GreaterOrEqual(t, r.Found[replay.Revision], uint64(150))
	told := 0
	for _, f := range r.Findings {
		if f.Finding == replay.Revision {
			told++
		}
	}
	require.Equal(t, verify.MaxFindings, told)
}

// The time of a synthetic edition is made up, as it says itself.
func TestSyntheticTimes(t *testing.T) {
	t.Parallel()
	l := verifytest.Edition(t, verifytest.Small)
	l.Lag = -400 * 24 * time.Hour // cosigned before it was recorded
	require.NotZero(t, checked(t, l.Bundle(t).Dir(t), brought(t, l)).Found[replay.Postdated])
	require.True(t, l.Change(0, `,"title"`, `,"synthetic":true,"title"`))
	l.Commit(t)
	r := checked(t, l.Bundle(t).Dir(t), brought(t, l))
	require.Equal(t, verify.Verified, r.Verdict, "%+v", r)
	require.Zero(t, check(t, r, "times").Count)
	require.Contains(t, check(t, r, "times").Detail, "made up")
}

// Commitments are compared at the place that they are about, whether it was known beforehand or the log has to be folded again.
func TestLateCommitments(t *testing.T) {
	t.Parallel()
	l := verifytest.Edition(t, verifytest.Small)
	first, second := l.Find(t, "views-committed.v1", 3, nil), l.Find(t, "views-committed.v1", 4, nil)
	require.Greater(t, second, first+100)
	l.Move(first, second) // long after its place, and right before the next one
	l.Renumber()
	l.Commit(t)
	commitments := 0
	for _, r := range l.Records {
		if r.Type == "views-committed.v1" {
			commitments++
		}
	}
	dir := l.Bundle(t).Dir(t)
	o := brought(t, l)
	o.Policy = nil // whose clocks would tell that it was moved
	for _, o := range []verify.Options{o, verify.Immediately(o)} {
		r := checked(t, dir, o)
		require.Equal(t, verify.Verified, r.Verdict, "%+v", r.Findings)
		require.EqualValues(t, commitments*len(projections.All()), check(t, r, "views").Count)
	}
	l.Event(t, second-1, func(e domain.Event) domain.Event {
		c := e.(domain.ViewsCommitted)
		c.Views[7].Root[3] ^= 1
		return c
	})
	dir = l.Bundle(t).Dir(t)
	for _, o := range []verify.Options{o, verify.Immediately(o)} {
		r := checked(t, dir, o)
		require.Equal(t, map[string]uint64{replay.ViewRoot: 1}, r.Found)
	}
}

// Openings may come in any order; what is not of this log is counted.
func TestOpenings(t *testing.T) {
	t.Parallel()
	l := verifytest.Edition(t, verifytest.Small)
	dir := l.Bundle(t).Dir(t)
	n := uint64(len(l.Openings))
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(l.Openings), func(i, j int) { l.Openings[i], l.Openings[j] = l.Openings[j], l.Openings[i] })
	shuffled := checked(t, dir, brought(t, l))
	require.Equal(t, verify.Verified, shuffled.Verdict, "%+v", shuffled)
	require.Equal(t, n, check(t, shuffled, "openings").Count)

	foreign := l.Openings[0]
	foreign.Field = "another"
	l.Openings = append(l.Openings, foreign, l.Openings[5])
	more := checked(t, dir, brought(t, l))
	require.Equal(t, verify.Verified, more.Verdict)
	require.Contains(t, check(t, more, "openings").Detail, "2 openings are of nothing")

	l.Openings = l.Openings[10:len(l.Openings):len(l.Openings)]
	require.Equal(t, map[string]uint64{replay.OpeningMissing: 9}, checked(t, dir, brought(t, l)).Found, "one of the ten stands at the end again")
	l.Openings = nil
	none := checked(t, dir, brought(t, l))
	require.Equal(t, n, none.Found[replay.OpeningMissing], "those that are erased are not missing")

	o := brought(t, l)
	broken := errors.New("broken")
	o.Annex = func() (io.ReadCloser, error) { return nil, broken }
	require.Equal(t, verify.NotDone, check(t, checked(t, dir, o), "openings").Outcome)
	for _, text := range []string{"x", "{}", `{"event":"x"}`, "\n", strings.Repeat("x", 65<<20)} {
		o.Annex = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
		require.Equal(t, verify.NotDone, check(t, checked(t, dir, o), "openings").Outcome, "%.20q", text)
	}
}

// No byte of a bundle can be another one: what is on the list of sums is found there, and what the log rests on is found by whoever writes a new list, too.
func TestEveryByte(t *testing.T) {
	t.Parallel()
	l := verifytest.Edition(t, verifytest.Small)
	l.Records, l.Heads, l.Openings = l.Records[:600], []int64{300}, nil
	whole := l.Bundle(t)
	names := slices.Sorted(maps.Keys(whole))
	r := rand.New(rand.NewPCG(3, 4))
	o := brought(t, l)
	o.Annex = nil
	for range 60 {
		name := names[r.IntN(len(names))]
		at := r.IntN(len(whole[name]) + 1)
		if at == len(whole[name]) {
			continue
		}
		b := whole.Clone()
		b[name][at] ^= byte(1 + r.IntN(255))
		require.NotEqual(t, verify.Verified, checked(t, b.Dir(t), o).Verdict, "%s byte %d", name, at)
		if strings.HasPrefix(name, "tile/") || strings.HasPrefix(name, "checkpoint") {
			b.Sum()
			require.NotEqual(t, verify.Verified, checked(t, b.Dir(t), o).Verdict, "%s byte %d", name, at)
		}
	}
}

func TestProgressAndEnd(t *testing.T) {
	t.Parallel()
	l := verifytest.Edition(t, verifytest.Small)
	files, err := tiles.Open(l.Published(t).Dir(t))
	require.NoError(t, err)
	last := uint64(0)
	n := uint64(len(l.Records))
	_, err = verify.Run(t.Context(), files, verify.Options{Key: l.Keys.Verifier}, func(done, total uint64) {
		require.Greater(t, done, last)
		require.Equal(t, n, total)
		last = done
	})
	require.NoError(t, err)
	require.Equal(t, n, last)

	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	_, err = verify.Run(ctx, files, verify.Options{Key: l.Keys.Verifier}, func(uint64, uint64) { cancel(enough) })
	require.ErrorIs(t, err, enough)
}

// The memory of a bundle is used for the next one while the events of the first are still looked at: so they share nothing with it.
func TestFactsShareNothing(t *testing.T) {
	t.Parallel()
	for _, r := range verifytest.Edition(t, verifytest.Small).Records {
		leaf := notary.AppendLeaf(nil, r)
		parsed, err := notary.ParseLeaf(r.Seq, leaf)
		require.NoError(t, err)
		f, err := parsed.Decode()
		require.NoError(t, err)
		for i := range leaf {
			leaf[i] = 'x'
		}
		typ, data, err := domain.Encode(f.Event)
		require.NoError(t, err)
		meta, err := domain.EncodeMeta(f.Meta)
		require.NoError(t, err)
		require.Equal(t, []string{r.Type, string(r.Data), string(r.Meta), string(r.Stream)}, []string{typ, string(data), string(meta), string(f.Stream)})
	}
}
