package commands_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// keep puts events into the record as they are, without a decision.
func (w *world) keep(stream domain.StreamID, edition domain.EditionID, dialogue domain.DialogueID, events ...domain.Event) {
	w.t.Helper()
	_, version, err := commands.Load[domain.Import](context.Background(), w.memory, stream)
	require.NoError(w.t, err)
	b := by(fmt.Sprint("w", len(w.records())))
	meta := domain.Meta{Source: edition, Dialogue: dialogue, Time: domain.TimeOf(w.Now()), Actor: b.Actor, Command: b.Command}
	drafts, err := commands.Drafts(stream, meta, 0, events)
	require.NoError(w.t, err)
	_, err = w.memory.Append(context.Background(), stream, version, drafts...)
	require.NoError(w.t, err)
}

// place is a country with a certified dialogue and recommendations, of which the first adopted ones are.
func (w *world) place(n, recommendations, adopted int) {
	dl := domain.DialogueID(longID("dl_", n))
	w.keep(domain.DialogueStream(dl), "ed_1", dl, domain.DialogueRegistered{Dialogue: dl, Edition: "ed_1", Place: "FR"}, domain.DialogueCertified{Dialogue: dl})
	for i := range recommendations {
		w.recommend(nationalID(n, i), dl, domain.NationalLevel, i < adopted)
	}
}

func (w *world) recommend(id domain.RecommendationID, dl domain.DialogueID, level domain.Level, adopted bool, sources ...domain.StreamID) {
	d := domain.RecommendationDrafted{Recommendation: id, Level: level}
	for _, s := range sources {
		d.Sources = append(d.Sources, domain.Source{Ref: domain.Ref{Stream: s, Version: 1}, Role: domain.Basis})
	}
	events := []domain.Event{d}
	if adopted {
		events = append(events, domain.RecommendationDecided{Recommendation: id, Outcome: domain.Adopted})
	}
	w.keep(domain.RecommendationStream(id), "ed_1", dl, events...)
}

// longID is as long as ids are: a prefix and a ULID.
func longID(prefix string, n int) string { return fmt.Sprintf("%s01JPC2V1Q7ABCDEFGHJK%06d", prefix, n) }

func nationalID(n, i int) domain.RecommendationID {
	return domain.RecommendationID(longID("rc_", 100*n+i))
}

func nationalStream(n, i int) domain.StreamID { return domain.RecommendationStream(nationalID(n, i)) }

// openToSynthesis opens an edition whose protocol asks for one reviewer, with an approved method.
func openToSynthesis(t requirer) *world {
	w := newWorld(t)
	w.must("open-edition", "open", contentOf("open-edition"))
	v := domain.ArtefactVersionAdded{Artefact: "ar_m", Version: 1, Kind: domain.ScriptArtefact}
	w.keep(domain.ArtefactStream("ar_m"), "ed_1", "", v, domain.ArtefactApproved{Artefact: "ar_m", Version: 1, Approvals: []string{"c1"}, Quorum: 1})
	return w
}

func synthesis(inputs []domain.StreamID, unused []domain.RecommendationID, outputs ...domain.RecommendationID) string {
	c := domain.SynthesisCompleted{Edition: "ed_1", Outputs: outputs, Method: domain.ArtefactRef{ID: "ar_m", Version: 1}, Editors: []string{"e1", "e2"}, Reviewers: []string{"c1"}}
	for _, s := range inputs {
		c.Inputs.Recommendations = append(c.Inputs.Recommendations, domain.Ref{Stream: s})
	}
	if len(unused) > 0 {
		c.Unused = []domain.Unused{{ReasonCode: "outsideMandate", Recommendations: unused}}
	}
	b, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestCompleteSynthesis(t *testing.T) {
	t.Parallel()
	w := openToSynthesis(t)
	w.place(1, 3, 2)
	w.place(2, 1, 1)
	w.keep(domain.DialogueStream("dl_open"), "ed_1", "dl_open", domain.DialogueRegistered{Dialogue: "dl_open", Edition: "ed_1", Place: "FR"})
	w.recommend("rc_open", "dl_open", domain.NationalLevel, true) // of a dialogue that is not certified
	w.recommend("rc_mid", "", domain.GlobalLevel, false, nationalStream(1, 0))
	w.recommend("rc_w", "", domain.GlobalLevel, false, domain.RecommendationStream("rc_mid"))
	w.recommend("rc_x", "", domain.GlobalLevel, true, nationalStream(2, 0))
	all := []domain.StreamID{nationalStream(1, 0), nationalStream(1, 1), nationalStream(2, 0)}
	last := []domain.RecommendationID{nationalID(1, 1)}

	for name, c := range map[string]struct {
		content string
		rule    *domain.Rejection
	}{
		"not accounted for":             {synthesis(all, nil, "rc_w", "rc_x"), domain.ErrNoSource},
		"not among the inputs":          {synthesis(all[:2], last, "rc_w", "rc_x"), domain.ErrNoSource},
		"used by no output that counts": {synthesis(all, last, "rc_w"), domain.ErrNoSource},
		"used and unused":               {synthesis(all, append(last, nationalID(1, 0)), "rc_w", "rc_x"), domain.ErrDuplicate},
		"an output of one country":      {synthesis(all, last, nationalID(1, 2)), domain.ErrUnknownRef},
		"no such output":                {synthesis(all, last, "rc_w", "rc_none"), domain.ErrUnknownRef},
		"no such input":                 {synthesis(append(all, "recommendation-rc_none"), last, "rc_w", "rc_x"), domain.ErrUnknownRef},
	} {
		_, err := w.run("complete-synthesis", name, c.content)
		require.ErrorIs(t, err, c.rule, name)
	}

	r := w.must("complete-synthesis", "c", synthesis(all, last, "rc_w", "rc_x"))
	f := w.fact(r.Events[0].Seq)
	e := f.Event.(domain.SynthesisCompleted)
	require.Equal(t, []domain.Ref{{Stream: all[0], Version: 2}, {Stream: all[1], Version: 2}, {Stream: all[2], Version: 2}}, e.Inputs.Recommendations, "versions as they stand")
	require.Equal(t, domain.Observed{
		{Stream: domain.EditionStream("ed_1"), Version: 1}, {Stream: domain.ArtefactStream("ar_m"), Version: 2}, {Stream: domain.LedgerStream, Version: f.Seq},
		{Stream: domain.DialogueStream(domain.DialogueID(longID("dl_", 1))), Version: 2}, {Stream: domain.DialogueStream(domain.DialogueID(longID("dl_", 2))), Version: 2},
		{Stream: domain.DialogueStream("dl_open"), Version: 1},
	}, f.Meta.Observed)

	w.place(3, 1, 1) // too late: the command that was sent stays what it was
	w.keep(nationalStream(1, 0), "ed_1", "", domain.RecommendationSuperseded{Recommendation: nationalID(1, 0)})
	require.Equal(t, repeated(r), w.must("complete-synthesis", "c", synthesis(all, last, "rc_w", "rc_x")))
	_, err := w.run("complete-synthesis", "d", synthesis(all, last, "rc_w", "rc_x"))
	require.ErrorIs(t, err, domain.ErrFrozen, "the same at other versions is another synthesis")

	judges(t, w.records(), domain.SynthesisCompleted{})
}

// TestSynthesisOfAWorldFits holds the size of a synthesis against that of a record, with ids as long as ULIDs: 72 dialogues with 7 recommendations each
// fit even if hardly one is used. 72 times 9 of which most are unused do not; the command says so, and shorter ids take more.
func TestSynthesisOfAWorldFits(t *testing.T) {
	t.Parallel()
	for each, fits := range map[int]bool{7: true, 9: false} {
		w := openToSynthesis(t)
		var all []domain.StreamID
		var unused []domain.RecommendationID
		for n := range 72 {
			w.place(n, each, each)
			for i := range each {
				all, unused = append(all, nationalStream(n, i)), append(unused, nationalID(n, i))
			}
		}
		output := domain.RecommendationID(longID("rc_w", 1))
		w.recommend(output, "", domain.GlobalLevel, false, all[0])
		r, err := w.run("complete-synthesis", "c", synthesis(all, unused[1:], output))
		if !fits {
			require.ErrorIs(t, err, domain.ErrInvalidField)
			require.ErrorContains(t, err, "bytes")
			continue
		}
		require.NoError(t, err)
		record := w.records()[r.Events[0].Seq]
		require.Less(t, len(record.Meta)+len(record.Data), domain.MaxRecord)
		t.Logf("%d recommendations, %d bytes of %d, %d of them meta", len(all), len(record.Meta)+len(record.Data), domain.MaxRecord, len(record.Meta))
	}
}
