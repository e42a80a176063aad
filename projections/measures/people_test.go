package measures

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

func marshal(t *testing.T, v any) string {
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

// rounded is an interval as it is published.
func rounded(t *testing.T, i *Interval) *Interval {
	var out Interval
	require.NoError(t, json.Unmarshal([]byte(marshal(t, i)), &out))
	return &out
}

// on adds an event that is recorded on a day, from 1.
func (w *world) on(day int, d domain.DialogueID, stream domain.StreamID, e domain.Event) {
	f := domain.Fact{Event: e}
	f.Seq, f.Stream, f.Revision = w.seq, stream, w.revisions[stream]
	f.Meta.Source, f.Meta.Dialogue, f.Meta.Time = anEdition, d, domain.Time(day)*wholeDay
	require.NoError(w.t, w.state.Apply(f))
	w.seq++
	w.revisions[stream]++
}

func TestConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dialogue(aDialogue, "AA", domain.Sortition)
	w.register(aDialogue, 6, 6) // pa_dl_10 to pa_dl_15
	stream := func(n string) domain.StreamID { return domain.StreamID("participant-pa_dl_1" + n) }
	withdraw := func(day int, n string, scopes ...domain.ConsentScope) {
		w.on(day, aDialogue, stream(n), domain.ConsentWithdrawn{Participant: domain.ParticipantID("pa_dl_1" + n), Dialogue: aDialogue, Scopes: scopes})
	}
	erase := func(requested, day int, n string) {
		w.on(day, aDialogue, stream(n), domain.PersonalDataErased{
			Participant: domain.ParticipantID("pa_dl_1" + n), Dialogue: aDialogue, RequestedAt: domain.Time(requested) * wholeDay,
		})
	}
	w.on(1, aDialogue, "participant-pa_new", domain.ParticipantRegistered{Participant: "pa_new", Dialogue: aDialogue, Chamber: domain.CitizenChamber})
	withdraw(2, "0", domain.Contact) // less than everything
	withdraw(10, "1", domain.Participate, domain.DataUse)
	withdraw(20, "2", domain.DataUse)
	withdraw(10, "3", domain.Participate)
	w.on(11, aDialogue, stream("3"), domain.ConsentGiven{Participant: "pa_dl_13", Dialogue: aDialogue, Scopes: []domain.ConsentScope{domain.Participate}}) // thinks better of it
	erase(5, 35, "4")
	erase(5, 36, "5")
	w.on(41, aDialogue, "erasure-x", domain.WordsErased{RequestedAt: 40 * wholeDay})

	var d ConsentDoc
	w.document(Consent, "ed_1/dl_1", &d)
	require.Equal(t, domain.Date("1970-02-11"), d.AsOf)
	require.Equal(t, [5]int{7, 2, 2, 2, 1}, [5]int{d.Registered, d.Active, d.Withdrawn, d.Erased, d.Pending})
	require.Equal(t, [3]int{1, 1, 31}, [3]int{d.Overdue, d.Late, *d.Longest}, "31 days are more than 30")
	require.Equal(t, map[domain.ConsentScope]int{domain.Participate: 3, domain.DataUse: 2, domain.Contact: 3}, d.Scopes)
	require.Equal(t, ErasedWords{Erased: 1}, d.Words)
	require.Equal(t, [2]int{2, 3}, [2]int{*d.InTime.Count, *d.InTime.Base})
	require.Equal(t, "30", d.Parameters["D21.days"])

	w.on(51, "", "edition-ed_1", domain.TopicAdded{}) // a day goes by, and nothing else happens
	w.document(Consent, "ed_1/dl_1", &d)
	require.Equal(t, 2, d.Overdue)
	w.protocol(domain.ProtocolFrozen{Thresholds: map[string]domain.Ratio{"D21.days": domain.RatioOf(40, 1)}})
	w.document(Consent, "ed_1/dl_1", &d)
	require.Equal(t, [2]int{1, 0}, [2]int{d.Overdue, d.Late}, "the protocol has the last word")
}

func TestIntegrity(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, f := range families {
		for _, e := range f.events {
			require.False(t, known[domain.TypeOf(e)], "%T has two families", e)
			known[domain.TypeOf(e)] = true
		}
	}
	for name := range domain.EventTypes() {
		require.True(t, known[name], "%s has no family", name)
	}
	facts := simulated(t)
	s := stateOf(t, facts)
	var d IntegrityDoc
	doc, err := Integrity.Compute(s, string(facts[0].Meta.Source), nil)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(doc.Data, &d))
	streams, events := map[domain.StreamID]bool{}, 0
	for _, f := range facts {
		streams[f.Stream] = true
	}
	for _, f := range d.Families {
		events += f.Events
	}
	require.Equal(t, [3]int{len(facts), len(facts), len(streams)}, [3]int{d.Records, events, d.Streams})
	require.NotZero(t, d.Draws.Executed)
	require.Equal(t, d.Draws.Committed, d.Draws.Executed+d.Draws.Waiting)
	require.NotEmpty(t, d.Audits)
	for _, a := range d.Audits {
		require.Nil(t, a.OK, "the record cannot vouch for itself")
		require.NotEmpty(t, a.Command)
	}
}
