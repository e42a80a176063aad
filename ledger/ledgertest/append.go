package ledgertest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

func appends(t *testing.T, open func(*testing.T) ledger.Ledger) {
	keep(t, open,
		promise{"the first record has Seq 0 and Revision 0", func(t *testing.T, l ledger.Ledger) {
			require.Equal(t, uint64(0), appendOK(t, l, "test-a", 0, Draft("one", 0)))
			all := All(t, l, ledger.Cursor{})
			require.Len(t, all, 1)
			requireHolds(t, Draft("one", 0), "test-a", 0, 0, all[0].Record)
		}},
		promise{"Seq is dense over all streams and Revision in each", func(t *testing.T, l ledger.Ledger) {
			streams := []domain.StreamID{"test-a", "test-b", "test-c"}
			for i := range 30 {
				stream := streams[i%3]
				require.Equal(t, uint64(i), appendOK(t, l, stream, i/3, Draft(string(stream), i/3)))
			}
			for i, e := range All(t, l, ledger.Cursor{}) {
				requireHolds(t, Draft(string(streams[i%3]), i/3), streams[i%3], uint64(i), uint64(i/3), e.Record)
			}
			require.Equal(t, 30, Check(t, l))
		}},
		promise{"the drafts of one append follow each other", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-b", 0, Draft("other", 0))
			require.Equal(t, uint64(1), appendOK(t, l, "test-a", 0, Drafts("one", 500)...))
			for i, r := range Stream(t, l, "test-a") {
				requireHolds(t, Draft("one", i), "test-a", uint64(i+1), uint64(i), r)
			}
			require.Len(t, All(t, l, ledger.Cursor{}), 501)
		}},
		promise{"a version behind the stream is a conflict that says both", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Drafts("one", 3)...)
			for version := range uint64(3) {
				_, err := l.Append(t.Context(), "test-a", version, Draft("two", 0))
				requireConflict(t, err, "test-a", version, 3)
			}
			require.Len(t, All(t, l, ledger.Cursor{}), 3)
		}},
		promise{"a version ahead of the stream is a conflict that says both", func(t *testing.T, l ledger.Ledger) {
			_, err := l.Append(t.Context(), "test-a", 1, Draft("one", 0))
			requireConflict(t, err, "test-a", 1, 0)
			appendOK(t, l, "test-a", 0, Draft("one", 0))
			_, err = l.Append(t.Context(), "test-a", 7, Draft("two", 0))
			requireConflict(t, err, "test-a", 7, 1)
			require.Len(t, All(t, l, ledger.Cursor{}), 1)
		}},
		promise{"a conflict writes none of its drafts and takes no Seq", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Draft("one", 0))
			_, err := l.Append(t.Context(), "test-a", 0, Drafts("two", 100)...)
			requireConflict(t, err, "test-a", 0, 1)
			require.Equal(t, uint64(1), appendOK(t, l, "test-b", 0, Draft("three", 0)))
			require.Equal(t, 2, Check(t, l))
		}},
		promise{"no drafts is an error", func(t *testing.T, l ledger.Ledger) {
			_, err := l.Append(t.Context(), "test-a", 0)
			require.Error(t, err)
			require.NotErrorIs(t, err, ledger.ErrConflict)
			require.Empty(t, All(t, l, ledger.Cursor{}))
		}},
		promise{"streams whose names begin alike are different", func(t *testing.T, l ledger.Ledger) {
			names := []domain.StreamID{
				"test", "test-", "test-a", "test-a/b", "test-a/b/c", "test-A", "test-ab", "Test-a", "test-%2F", "test-~._",
				domain.StreamName("test", "ä b", "c/d"), domain.StreamName("test", "%", ""),
			}
			for _, name := range names {
				appendOK(t, l, name, 0, Draft(string(name), 0))
			}
			for i, name := range names {
				got := Stream(t, l, name)
				require.Len(t, got, 1, name)
				requireHolds(t, Draft(string(name), 0), name, uint64(i), 0, got[0])
			}
		}},
	)
}

func retries(t *testing.T, open func(*testing.T) ledger.Ledger) {
	keep(t, open,
		promise{"the same append again writes nothing and answers the same", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-b", 0, Draft("other", 0))
			for range 3 {
				require.Equal(t, uint64(1), appendOK(t, l, "test-a", 0, Drafts("one", 4)...))
				require.Equal(t, 5, Check(t, l))
			}
		}},
		promise{"also in the middle of a stream that has grown since", func(t *testing.T, l ledger.Ledger) {
			var seqs []uint64
			for i := range 20 {
				seqs = append(seqs, appendOK(t, l, "test-a", 3*i, Drafts(string(rune('a'+i)), 3)...))
				appendOK(t, l, "test-b", i, Draft("other", i))
			}
			for i, seq := range seqs {
				require.Equal(t, seq, appendOK(t, l, "test-a", 3*i, Drafts(string(rune('a'+i)), 3)...))
			}
			require.Equal(t, 80, Check(t, l))
		}},
		promise{"a part of the same append is there too", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Drafts("one", 4)...)
			require.Equal(t, uint64(0), appendOK(t, l, "test-a", 0, Drafts("one", 2)...))
			require.Equal(t, uint64(2), appendOK(t, l, "test-a", 2, Draft("one", 2)))
			require.Equal(t, 4, Check(t, l))
		}},
		promise{"more than is there is a conflict", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Drafts("one", 2)...)
			_, err := l.Append(t.Context(), "test-a", 0, Drafts("one", 3)...)
			requireConflict(t, err, "test-a", 0, 2)
			_, err = l.Append(t.Context(), "test-a", 1, Draft("one", 1), Draft("one", 2))
			requireConflict(t, err, "test-a", 1, 2)
			require.Equal(t, 2, Check(t, l))
		}},
		promise{"other ids among the same ones are a conflict", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Drafts("one", 5)...)
			for i := range 3 {
				drafts := Drafts("one", 3)
				drafts[i] = Draft("two", i)
				_, err := l.Append(t.Context(), "test-a", 0, drafts...)
				requireConflict(t, err, "test-a", 0, 5)
			}
			require.Equal(t, 5, Check(t, l))
		}},
		promise{"the same ids at another revision are a conflict", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Drafts("one", 4)...)
			_, err := l.Append(t.Context(), "test-a", 1, Draft("one", 0))
			requireConflict(t, err, "test-a", 1, 4)
			drafts := Drafts("one", 2)
			drafts[0], drafts[1] = drafts[1], drafts[0]
			_, err = l.Append(t.Context(), "test-a", 0, drafts...)
			requireConflict(t, err, "test-a", 0, 4)
			require.Equal(t, 4, Check(t, l))
		}},
		promise{"the same ids in another stream are new records", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Drafts("one", 2)...)
			require.Equal(t, uint64(2), appendOK(t, l, "test-b", 0, Drafts("one", 2)...))
			require.Equal(t, 4, Check(t, l))
		}},
		promise{"another Meta is another attempt at the same, and the first one stands", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Draft("one", 0))
			again := Draft("one", 0)
			again.Meta = []byte(`{"later":true}`)
			require.Equal(t, uint64(0), appendOK(t, l, "test-a", 0, again))
			requireHolds(t, Draft("one", 0), "test-a", 0, 0, Stream(t, l, "test-a")[0])
		}},
		promise{"the same ids with other Data or Type are a conflict", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Drafts("one", 2)...)
			for _, change := range []func(*ledger.Draft){
				func(d *ledger.Draft) { d.Data = []byte(`{"changed":true}`) },
				func(d *ledger.Draft) { d.Type += "x" },
			} {
				again := Drafts("one", 2)
				change(&again[1])
				_, err := l.Append(t.Context(), "test-a", 0, again...)
				requireConflict(t, err, "test-a", 0, 2)
			}
			require.Equal(t, 2, Check(t, l))
		}},
	)
}
