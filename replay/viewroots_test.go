package replay_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/notary"
	"daybook.internal/projections"
	"daybook.internal/replay"
)

// rootsAt are the roots of all views after the first records, leaf by leaf.
func rootsAt(t require.TestingT, records []domain.Record, size uint64) (roots []domain.ViewRoot) {
	fold, _, err := replay.Rebuild(context.Background(), source(records), projections.All(), size)
	require.NoError(t, err)
	docs := map[string][]notary.Document{}
	for ref, d := range fold.Documents() {
		docs[ref.View] = append(docs[ref.View], notary.Document{Key: ref.Key, At: d.At, Data: d.Data})
	}
	for _, v := range projections.All() {
		roots = append(roots, notary.NewViewDocuments(v.Name, v.Version, docs[v.Name]).Root())
	}
	return roots
}

// commitment is one to be told: about the first size records, when the ledger has at of them.
type commitment struct {
	size, at uint64
	forge    func(c *domain.ViewsCommitted)
}

// withCommitments is the honest record with commitments in it.
func withCommitments(t require.TestingT, all ...commitment) []domain.Record {
	l := ledgertest.NewMemory()
	ctx := context.Background()
	have := func() (records []domain.Record) {
		for r, err := range replay.Records(ctx, l) {
			require.NoError(t, err)
			records = append(records, r)
		}
		return records
	}
	rest, n, told := honest().records, uint64(0), uint64(0)
	for len(all) > 0 {
		if c := all[0]; n == c.at {
			e := domain.ViewsCommitted{Size: c.size, Views: rootsAt(t, have(), min(c.size, n))}
			if c.forge != nil {
				c.forge(&e)
			}
			meta := domain.Meta{Source: "ed_1", Time: 1, Actor: domain.Actor{Role: domain.Notary, Principal: "daybook"}, Command: fmt.Sprint("views:", told)}
			drafts, err := commands.Drafts(domain.ViewsStream, meta, 0, []domain.Event{e})
			require.NoError(t, err)
			_, err = l.Append(ctx, domain.ViewsStream, told, drafts...)
			require.NoError(t, err)
			all, told = all[1:], told+1
		} else {
			put(l, rest[0])
			rest = rest[1:]
		}
		n++
	}
	for _, r := range rest {
		put(l, r)
	}
	return have()
}

func put(l *ledgertest.Memory, r domain.Record) {
	_, err := l.Append(context.Background(), r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
	must(err)
}

func checked(t require.TestingT, records []domain.Record, told []uint64) replay.Report {
	report, err := replay.Run(context.Background(), source(records), replay.Served{Committed: told}, replay.Head, nil)
	require.NoError(t, err)
	return report
}

// TestCommitmentsHold: however long after their places commitments stand, and whoever told of these before: true ones hold.
func TestCommitmentsHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at, size := uint64(0), uint64(0)
		var all []commitment
		for range rapid.IntRange(1, 4).Draw(t, "commitments") {
			size = max(size, at) + rapid.Uint64Range(1, 30).Draw(t, "events")
			at = size + rapid.SampledFrom([]uint64{0, 0, 1, 9, 40}).Draw(t, "later")
			all = append(all, commitment{size: size, at: at})
			at++
		}
		records := withCommitments(t, all...)
		sizes, err := replay.CommittedSizes(source(records))
		require.NoError(t, err)
		require.Len(t, sizes, len(all))
		told := rapid.SampledFrom([][]uint64{nil, sizes, sizes[:1], {1, 2, 5, 7, 100_000}, append(slices.Clone(sizes), 3, 3)}).Draw(t, "told")
		report := checked(t, records, told)
		require.Empty(t, report.Findings)
		require.EqualValues(t, len(all), report.Commitments)
		require.Zero(t, report.Uncompared)
	})
}

// TestFalseCommitments: each is found, and the view named.
func TestFalseCommitments(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		forge func(c *domain.ViewsCommitted)
		finds []string // views
		wrong int      // findings
	}{
		"a root":              {func(c *domain.ViewsCommitted) { c.Views[4].Root[7] ^= 1 }, []string{"conversation"}, 1},
		"a count":             {func(c *domain.ViewsCommitted) { c.Views[6].Count++ }, []string{"dialogue"}, 1},
		"two views":           {func(c *domain.ViewsCommitted) { c.Views[4].Root, c.Views[6].Root = c.Views[6].Root, c.Views[4].Root }, []string{"conversation", "dialogue"}, 2},
		"the size before":     {func(c *domain.ViewsCommitted) { c.Size-- }, nil, -1},
		"the size after":      {func(c *domain.ViewsCommitted) { c.Size++ }, nil, -1},
		"beyond the record":   {func(c *domain.ViewsCommitted) { c.Size += 5000 }, nil, len(projections.All())},
		"before the last one": {func(c *domain.ViewsCommitted) { c.Size = 20 }, nil, len(projections.All())},
	} {
		for _, later := range []uint64{0, 25} {
			for _, told := range []bool{true, false} {
				records := withCommitments(t, commitment{size: 30, at: 30}, commitment{size: 140, at: 140 + later, forge: c.forge}, commitment{size: 200, at: 200})
				if name == "beyond the record" {
					records = withCommitments(t, commitment{size: 30, at: 30}, commitment{size: 140, at: 140 + later, forge: c.forge})
				}
				var sizes []uint64
				if told {
					var err error
					sizes, err = replay.CommittedSizes(source(records))
					require.NoError(t, err)
				}
				report := checked(t, records, sizes)
				if c.wrong < 0 {
					require.NotZero(t, report.Mismatches, "%s, %d later", name, later)
				} else {
					require.EqualValues(t, c.wrong, report.Mismatches, "%s, %d later: %v", name, later, report.Findings)
				}
				for i, view := range c.finds {
					require.Equal(t, view, report.Findings[i].Where)
					require.Contains(t, report.Findings[i].What, "(views)")
				}
			}
		}
	}
}

// TestCommitmentsOfOtherPrograms: what this program cannot make is not compared, and it says so; what the other one does not know is no finding.
func TestCommitmentsOfOtherPrograms(t *testing.T) {
	t.Parallel()
	records := withCommitments(t, commitment{size: 60, at: 61, forge: func(c *domain.ViewsCommitted) {
		c.Views[4].Version++
		c.Views[7].View = "edition-board"
		c.Views = slices.Delete(c.Views, 9, 10)
	}}, commitment{size: 90, at: 90})
	report := checked(t, records, nil)
	require.Empty(t, report.Findings)
	require.Equal(t, [2]uint64{2, 1}, [2]uint64{report.Commitments, report.Uncompared})

	fold := projections.NewFold(projections.All(), nil)
	roots := replay.NewViewRoots(fold, projections.All(), []uint64{60})
	for facts, err := range replay.Facts(t.Context(), source(records)) {
		require.NoError(t, err)
		for _, f := range facts {
			roots.Before(f.Seq)
			require.NoError(t, fold.Apply(f))
			if c, ok := f.Event.(domain.ViewsCommitted); ok && c.Size == 60 {
				done := roots.Check(f.Seq, c)
				require.Equal(t, []string{"conversation", "edition-board"}, done.Unknown)
				require.Equal(t, []string{"edition", "lineage"}, done.LeftOut)
				require.Empty(t, done.Differ)
				require.Len(t, done.Held, len(projections.All())-3)
			}
		}
	}
	require.Empty(t, roots.Missed())
}

// TestAForgedRecordUnderTrueRoots: a vote that was changed afterwards no longer comes to the roots that were committed to.
func TestAForgedRecordUnderTrueRoots(t *testing.T) {
	t.Parallel()
	at := slices.IndexFunc(honest().records, func(r domain.Record) bool { return bytes.Contains(r.Data, []byte(`"value":"agree"`)) })
	records := withCommitments(t, commitment{size: uint64(at) + 40, at: uint64(at) + 45})
	forged := slices.Clone(records)
	forged[at].Data = bytes.Clone(forged[at].Data)
	edit(&forged[at].Data, `"value":"agree"`, `"value":"pass"`)
	report := checked(t, forged, nil)
	require.NotZero(t, report.Mismatches)
	for _, f := range report.Findings {
		require.Contains(t, f.Problem, "commits to a root")
	}
}

func TestCommittedSizesOfWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	_, err := replay.CommittedSizes(func(yield func(domain.Record, error) bool) { yield(domain.Record{}, gone) })
	require.ErrorIs(t, err, gone)
	sizes, err := replay.CommittedSizes(source([]domain.Record{{Type: "views-committed.v1", Data: []byte("{")}, {Type: "topic-added.v1", Data: []byte("{")}}))
	require.NoError(t, err)
	require.Empty(t, sizes)
}

// TestSecondReadingFails: the record was read once and cannot be read again. That is no finding, and no pass.
func TestSecondReadingFails(t *testing.T) {
	t.Parallel()
	records := withCommitments(t, commitment{size: 60, at: 100})
	gone, reads := errors.New("gone"), 0
	var once iter.Seq2[domain.Record, error] = func(yield func(domain.Record, error) bool) {
		if reads++; reads > 1 {
			yield(domain.Record{}, gone)
			return
		}
		source(records)(yield)
	}
	_, err := replay.Run(t.Context(), once, replay.Served{}, replay.Head, nil)
	require.ErrorIs(t, err, gone)
}
