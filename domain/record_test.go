package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// reactionRecord is what the ledger holds most of.
func reactionRecord(t testing.TB) Record {
	t.Helper()
	meta, err := EncodeMeta(Meta{
		Source: "ed_2026", Dialogue: "dl_KE", Time: exampleTime(10, 31), Actor: Actor{Role: Participant, Principal: "q7xk2"}, Command: "01JPC2V1Q7A9K3M5R8T2W4Y6Z0",
		Observed: Observed{{DialogueStream("dl_KE"), 14}, {StatementStream("dl_KE", "st_12"), 2}},
	})
	require.NoError(t, err)
	typ, data, err := Encode(example[ReactionCast]())
	require.NoError(t, err)
	stream := ReactionsStream("dl_KE", "q7xk2")
	return Record{Seq: 31, Stream: stream, Revision: 4, ID: NewEventID("c", stream, 0), Type: typ, Meta: meta, Data: data}
}

func TestRecordDecode(t *testing.T) {
	t.Parallel()
	r := reactionRecord(t)
	f, err := r.Decode()
	require.NoError(t, err)
	require.Equal(t, r.Seq, f.Seq)
	require.Equal(t, r.Stream, f.Stream)
	require.Equal(t, r.Revision, f.Revision)
	require.Equal(t, r.ID, f.ID)
	require.Equal(t, DialogueID("dl_KE"), f.Meta.Dialogue)
	require.Equal(t, example[ReactionCast](), f.Event)

	for i := range r.Data { // what was decoded is the receiver's own
		r.Data[i] = 'x'
	}
	for i := range r.Meta {
		r.Meta[i] = 'x'
	}
	require.Equal(t, example[ReactionCast](), f.Event)
	require.Equal(t, DialogueID("dl_KE"), f.Meta.Dialogue)
}

func TestRecordDecodeFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Record)
		target any
		words  string
	}{
		"meta":    {func(r *Record) { r.Meta = r.Meta[1:] }, new(*FormatError), "meta: not canonical at byte 0"},
		"no meta": {func(r *Record) { r.Meta = nil }, new(*FormatError), "meta"},
		"data":    {func(r *Record) { r.Data = append(r.Data, ' ') }, new(*FormatError), "reaction-cast.v1: not canonical at byte 133"},
		"type":    {func(r *Record) { r.Type = "reaction-cast.v9" }, new(*UnknownEventError), `"reaction-cast.v9"`},
	} {
		r := reactionRecord(t)
		c.change(&r)
		f, err := r.Decode()
		require.ErrorAs(t, err, c.target, name)
		require.ErrorContains(t, err, "record 31 (reactions-dl_KE/q7xk2@4)", name)
		require.ErrorContains(t, err, c.words, name)
		require.Zero(t, f, name)
	}
}

func BenchmarkRecordDecode(b *testing.B) {
	r := reactionRecord(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Decode(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	e := example[ReactionCast]()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Encode(e); err != nil {
			b.Fatal(err)
		}
	}
}

func TestEditionQueries(t *testing.T) {
	t.Parallel()
	session := example[SessionDefined]()
	e := Fold(Edition{}, example[EditionOpened](), example[TopicAdded](), session, example[ProtocolFrozen]())
	require.False(t, Edition{}.IsOpen())
	require.Nil(t, Edition{}.Protocol())
	require.True(t, e.IsOpen())
	require.Equal(t, 2, e.Protocol().MethodVersion)
	require.True(t, e.HasTopic("tp_wells"))
	require.False(t, e.HasTopic("tp_x"))
	got, ok := e.Session("ss_2")
	require.True(t, ok)
	require.Equal(t, session, got)
	_, ok = e.Session("ss_9")
	require.False(t, ok)
	require.Equal(t, 3, e.NextOrdinal(CitizenChamber))
	require.Equal(t, 1, e.NextOrdinal(StakeholderChamber))
	require.Equal(t, NationalLevel, Fold(RecommendationState{}, example[RecommendationDrafted]()).Level())
	require.Empty(t, RecommendationState{}.Level())
}
