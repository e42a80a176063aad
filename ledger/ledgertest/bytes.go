package ledgertest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

func bytesKept(t *testing.T, open func(*testing.T) ledger.Ledger) {
	keep(t, open,
		promise{"what goes in comes out", func(t *testing.T, l ledger.Ledger) {
			every := make([]byte, 256)
			for i := range every {
				every[i] = byte(i)
			}
			pieces := [][]byte{nil, {}, {0}, {0, 0}, []byte(" "), []byte("{}"), []byte("null"), []byte(`{"a":"<&>\u003c"}`), {0xff, 0xfe}, every,
				[]byte("\n\r\t\x00'\""), bytes.Repeat([]byte("ä"), 3000)}
			var drafts []ledger.Draft
			for i, meta := range pieces {
				for j, data := range pieces {
					drafts = append(drafts, ledger.Draft{ID: domain.NewEventID(fmt.Sprint(i), "test", j), Type: "tested.v1", Meta: meta, Data: data})
				}
			}
			appendOK(t, l, "test-a", 0, drafts...)
			for i, r := range Stream(t, l, "test-a") {
				requireHolds(t, drafts[i], "test-a", uint64(i), uint64(i), r)
			}
		}},
		promise{"ids and types come out as they went in", func(t *testing.T, l ledger.Ledger) {
			drafts := []ledger.Draft{
				{Type: "a"}, // the zero id is one too
				{ID: [16]byte{15: 1}, Type: "statement-made.v12"},
				{ID: [16]byte{0: 0xff, 15: 0xff}, Type: "größer"},
			}
			appendOK(t, l, "test-a", 0, drafts...)
			for i, r := range Stream(t, l, "test-a") {
				requireHolds(t, drafts[i], "test-a", uint64(i), uint64(i), r)
			}
			require.Equal(t, uint64(0), appendOK(t, l, "test-a", 0, drafts...))
		}},
		promise{"MaxRecord bytes fit and one more does not", func(t *testing.T, l ledger.Ledger) {
			random := rand.NewChaCha8([32]byte{1})
			for i, meta := range []int{0, 1, 2000, domain.MaxRecord / 2, domain.MaxRecord} {
				d := Draft("large", i)
				d.Meta, d.Data = make([]byte, meta), make([]byte, domain.MaxRecord-meta)
				_, _ = random.Read(d.Meta)
				_, _ = random.Read(d.Data)
				require.Equal(t, uint64(i), appendOK(t, l, "test-a", i, d))
				requireHolds(t, d, "test-a", uint64(i), uint64(i), Stream(t, l, "test-a")[i])

				d = Draft("larger", i)
				d.Meta, d.Data = make([]byte, meta), make([]byte, domain.MaxRecord-meta+1)
				_, err := l.Append(t.Context(), "test-a", uint64(i+1), Draft("small", i), d)
				require.ErrorIs(t, err, ledger.ErrTooLarge)
			}
			require.Equal(t, 5, Check(t, l))
		}},
		promise{"many large records at once", func(t *testing.T, l ledger.Ledger) {
			drafts := Drafts("large", 50)
			for i := range drafts {
				drafts[i].Data = bytes.Repeat([]byte{byte(i)}, domain.MaxRecord-len(drafts[i].Meta))
			}
			appendOK(t, l, "test-a", 0, drafts...)
			for i, r := range Stream(t, l, "test-a") {
				requireHolds(t, drafts[i], "test-a", uint64(i), uint64(i), r)
			}
			require.Equal(t, 50, Check(t, l))
		}},
		promise{"the caller may use its slices again after an append", func(t *testing.T, l ledger.Ledger) {
			drafts := []ledger.Draft{Draft("one", 0), Draft("one", 1)}
			appendOK(t, l, "test-a", 0, drafts...)
			for i := range drafts {
				clear(drafts[i].Meta)
				clear(drafts[i].Data)
				drafts[i].ID = [16]byte{}
			}
			for i, r := range Stream(t, l, "test-a") {
				requireHolds(t, Draft("one", i), "test-a", uint64(i), uint64(i), r)
			}
		}},
		promise{"the receiver may write to what it was given, and append to it", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Drafts("one", 3)...)
			scribble := func(r domain.Record) {
				data := bytes.Clone(r.Data)
				clear(r.Meta)
				_ = append(r.Meta, "behind meta, over what comes next"...)
				require.Equal(t, data, r.Data)
				clear(r.Data)
				_ = append(r.Data, "behind data, over what comes next"...)
			}
			n := 0
			for e, err := range l.All(t.Context(), ledger.Cursor{}) {
				require.NoError(t, err)
				requireHolds(t, Draft("one", n), "test-a", uint64(n), uint64(n), e.Record)
				scribble(e.Record)
				require.Equal(t, domain.StreamID("test-a"), e.Stream)
				n++
			}
			n = 0
			for r, err := range l.Stream(t.Context(), "test-a", 0) {
				require.NoError(t, err)
				requireHolds(t, Draft("one", n), "test-a", uint64(n), uint64(n), r)
				scribble(r)
				n++
			}
			for _, e := range take(t, l.Follow(soon(t), ledger.Cursor{}), 3) {
				scribble(e.Record)
			}
			for i, e := range All(t, l, ledger.Cursor{}) {
				requireHolds(t, Draft("one", i), "test-a", uint64(i), uint64(i), e.Record)
			}
		}},
		promise{"a record that was kept stays as it was", func(t *testing.T, l ledger.Ledger) {
			appendOK(t, l, "test-a", 0, Drafts("one", 50)...)
			kept := All(t, l, ledger.Cursor{})
			appendOK(t, l, "test-a", 50, Drafts("two", 50)...)
			Check(t, l)
			for i, e := range kept {
				requireHolds(t, Draft("one", i), "test-a", uint64(i), uint64(i), e.Record)
			}
		}},
	)
}
