package commands_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// audit checks the records of a ledger one by one: they are dense, their ids follow from their commands, and deciding each of them again, from what
// stands before it, gives it again.
type audit struct {
	past
	ids  map[domain.EventID]uint64
	next uint64
}

func newAudit() *audit {
	return &audit{past{map[domain.StreamID][]domain.Fact{}}, map[domain.EventID]uint64{}, 0}
}

// follow checks the records that are new.
func (a *audit) follow(t requirer, records []domain.Record) {
	t.Helper()
	for _, r := range records[a.next:] {
		f, err := r.Decode()
		require.NoError(t, err)
		require.Equal(t, a.next, r.Seq, "Seq is dense")
		require.Len(t, a.streams[r.Stream], int(r.Revision), "Revision is dense in %s", r.Stream)
		was, twice := a.ids[r.ID]
		require.False(t, twice, "records %d and %d have one id", was, r.Seq)
		ordinal := 0 // of the event in its command
		for i := len(a.streams[r.Stream]) - 1; i >= 0 && a.streams[r.Stream][i].Meta.Command == f.Meta.Command; i-- {
			ordinal++
		}
		require.Equal(t, domain.NewEventID(f.Meta.Command, r.Stream, ordinal), r.ID, "the id of record %d follows from its command", r.Seq)

		events, err := a.redecide(f)
		require.NoError(t, err, "decide record %d again: %#v", r.Seq, f.Event)
		require.Len(t, events, 1)
		typ, data, err := domain.Encode(events[0])
		require.NoError(t, err)
		require.Equal(t, r.Type, typ)
		require.Equal(t, string(r.Data), string(data))

		a.streams[r.Stream] = append(a.streams[r.Stream], f)
		a.ids[r.ID] = r.Seq
		a.next++
	}
}

func TestEveryRecordCanBeDecidedAgain(t *testing.T) {
	t.Parallel()
	t.Run("story", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.tell("")
		a := newAudit()
		a.follow(t, w.records())
		require.EqualValues(t, len(story), a.next)
	})
	t.Run("demo", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		acknowledged := map[domain.EventID]uint64{}
		for _, r := range w.runDemo(t) {
			for _, e := range r.Events {
				acknowledged[e.ID] = e.Seq
			}
		}
		a := newAudit()
		a.follow(t, w.records())
		require.Equal(t, acknowledged, a.ids)
	})
}

// The audit itself must be able to fail.
func TestAnAuditNotices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("")
	first := func(typ string) int {
		return slices.IndexFunc(w.records(), func(r domain.Record) bool { return r.Type == typ })
	}
	cast, voided, linked := first("ballot-cast.v1"), first("ballot-voided.v1"), first("reaction-cast.v1")
	for name, forge := range map[string]func(r []domain.Record){
		"Seq":           func(r []domain.Record) { r[9].Seq++ },
		"id":            func(r []domain.Record) { r[9].ID[0]++ },
		"doubled":       func(r []domain.Record) { r[9] = r[8] },
		"other answer":  func(r []domain.Record) { r[cast].Data = replaceOnce(t, r[cast].Data, `"me"`, `"us"`) },
		"other replace": func(r []domain.Record) { r[voided].Data = replaceOnce(t, r[voided].Data, `"me"`, `"law"`) },
		"not observed": func(r []domain.Record) {
			r[linked].Meta = replaceOnce(t, r[linked].Meta, "statement-dl_1/1@2", "statement-dl_1/1@0")
		},
	} {
		records := w.records()
		forge(records)
		require.True(t, fails(func(t requirer) { newAudit().follow(t, records) }), name)
	}
}
