package commands_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/replay/adjudicate"
)

// audit follows a ledger as an auditor does: its records are dense, their ids follow from their commands, and deciding each of them again, from what stands
// before it, gives it again.
type audit struct {
	court   *adjudicate.Court
	records []domain.Record
	ids     map[domain.EventID]uint64
}

func newAudit() *audit {
	a := &audit{ids: map[domain.EventID]uint64{}}
	a.court = adjudicate.New(a, adjudicate.Options{})
	return a
}

// Record is that of adjudicate.Past.
func (a *audit) Record(_ context.Context, seq uint64) (domain.Record, error) {
	return a.records[seq], nil
}

// follow checks the records that are new.
func (a *audit) follow(t requirer, records []domain.Record) {
	t.Helper()
	a.followSome(t, records, func(domain.Fact) bool { return true })
}

// followSome takes the word of the records that are new for all but some of them.
func (a *audit) followSome(t requirer, records []domain.Record, some func(domain.Fact) bool) {
	t.Helper()
	for _, r := range records[len(a.records):] {
		f, err := r.Decode()
		require.NoError(t, err)
		was, twice := a.ids[r.ID]
		require.False(t, twice, "records %d and %d have one id", was, r.Seq)
		a.records, a.ids[r.ID] = append(a.records, r), r.Seq

		must := some(f)
		err = a.court.Judge(context.Background(), f)
		var v *adjudicate.Violation
		if errors.As(err, &v) && !must {
			continue
		}
		require.NoError(t, err, "%#v by %#v", f.Event, f.Meta)
	}
}

// judges makes an audit in which the events of some types must follow, and the others are as they are.
func judges(t requirer, records []domain.Record, types ...domain.Event) {
	t.Helper()
	n := 0
	newAudit().followSome(t, records, func(f domain.Fact) bool {
		judged := slices.ContainsFunc(types, func(e domain.Event) bool { return domain.TypeOf(e) == domain.TypeOf(f.Event) })
		if judged {
			n++
		}
		return judged
	})
	require.GreaterOrEqual(t, n, len(types))
}

func TestEveryRecordCanBeDecidedAgain(t *testing.T) {
	t.Parallel()
	t.Run("story", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.tell("")
		a := newAudit()
		a.follow(t, w.records())
		require.Len(t, a.records, len(story))
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
