package verifytest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// Told is one event of a story, in a stream of a dialogue.
type Told struct {
	Dialogue domain.DialogueID
	Stream   domain.StreamID
	Event    domain.Event
}

// Records are the records of a story in the edition ed_1, a second after one another. by says who told an event; where it is nil that is the coordinator.
// T is Told, or a test's own name for it.
func Records[T ~struct {
	Dialogue domain.DialogueID
	Stream   domain.StreamID
	Event    domain.Event
}](t testing.TB, all []T, by func(domain.Event) domain.Actor) (records []domain.Record) {
	t.Helper()
	revisions := map[domain.StreamID]uint64{}
	for i, one := range all {
		e := Told(one)
		actor := domain.Actor{Role: domain.Coordinator, Principal: "c.ordinator"}
		if by != nil {
			actor = by(e.Event)
		}
		meta, err := domain.EncodeMeta(domain.Meta{
			Source: "ed_1", Dialogue: e.Dialogue, Time: domain.Time(1_000_000 + 1000*i), Actor: actor, Command: fmt.Sprint("c", i),
		})
		require.NoError(t, err)
		typ, data, err := domain.Encode(e.Event)
		require.NoError(t, err)
		records = append(records, domain.Record{
			Seq: uint64(i), Stream: e.Stream, Revision: revisions[e.Stream], ID: domain.NewEventID(fmt.Sprint("c", i), e.Stream, 0), Type: typ, Meta: meta, Data: data,
		})
		revisions[e.Stream]++
	}
	return records
}
