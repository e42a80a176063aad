package measures

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// register registers people of a dialogue by draw, with consent, and lets the first of them check in.
func (w *world) register(d domain.DialogueID, people, checkedIn int) {
	for i := range people {
		id := domain.ParticipantID("pa_" + string(d) + strconv.Itoa(i))
		stream := domain.StreamID("participant-" + id)
		w.add(d, stream, domain.ParticipantRegistered{Participant: id, Dialogue: d, Chamber: domain.CitizenChamber, Route: domain.Drawn})
		w.add(d, stream, domain.ConsentGiven{Participant: id, Dialogue: d, Scopes: []domain.ConsentScope{domain.Participate, domain.DataUse, domain.Contact}})
		if i < checkedIn {
			w.add(d, stream, domain.ParticipantCheckedIn{Participant: id, Dialogue: d, Chamber: domain.CitizenChamber})
		}
	}
}

func (w *world) session(d domain.DialogueID, s domain.SessionID, c domain.Chamber) {
	w.add(d, domain.StreamID("dialogue-"+d), domain.SessionOpened{Dialogue: d, Session: s, Chamber: c, IssuedCodes: 20, PlannedMinutes: 60})
}

// castIn gives an answer in a session; table may be empty.
func (w *world) castIn(d domain.DialogueID, s domain.SessionID, who string, ref domain.ArtefactRef, wave domain.Wave, table domain.TableID, a domain.Answer) {
	w.add(d, domain.StreamID("ballot-"+string(d)+"/"+who), domain.BallotCast{
		Dialogue: d, Pseudonym: domain.Pseudonym(who), Session: s, Wave: wave, Question: ref, Lang: "en", Answer: a, Table: table, Revision: 1,
	})
}

func stage(t *testing.T, d FunnelDoc, name string) *int {
	for _, s := range d.Stages {
		if string(s.Stage) == name {
			return s.People
		}
	}
	t.Fatal("no stage " + name)
	return nil
}

func TestFunnel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	q := w.question("ar_q", choice("a", "b"))
	table := w.question("ar_t", domain.Question{Kind: domain.SingleChoice, Unit: domain.TableUnit, Text: domain.In("en", "Which?"), Options: choice("a").Options})
	w.dialogue(aDialogue, "AA", domain.Sortition)
	var d FunnelDoc
	w.document(Funnel, "ed_1/dl_1", &d)
	for _, s := range d.Stages {
		require.Nil(t, s.People, "nothing is known of %s, which is not zero", s.Stage)
	}

	report := func(id, channel string, c domain.Recruitment, before *domain.Recruitment) {
		w.add(aDialogue, "sortition-dl_1", domain.RecruitmentReported{Dialogue: aDialogue, Report: id, Channel: channel, Counts: c, Replaces: before})
	}
	report("r1", "letter", domain.Recruitment{Invited: 200, Reached: 100, Accepted: 20}, nil)
	report("r2", "phone", domain.Recruitment{Invited: 100, Reached: 90, Accepted: 50}, nil)
	report("r3", "phone", domain.Recruitment{Invited: 100, Reached: 50, Accepted: 20}, &domain.Recruitment{Invited: 100, Reached: 90, Accepted: 50})
	w.add(aDialogue, "sortition-dl_1", domain.PoolSealed{Dialogue: aDialogue, Size: 40, Strata: []domain.DimensionCount{{Name: "age", Strata: map[string]int{"young": 40}}}})
	w.drawn(aDialogue, map[string]int{"young": 20})
	w.register(aDialogue, 10, 8)
	w.session(aDialogue, "s1", domain.CitizenChamber)
	w.session(aDialogue, "s2", domain.CitizenChamber)
	w.session(aDialogue, "s3", domain.StakeholderChamber)
	for i := range 8 {
		w.castIn(aDialogue, "s1", "p"+strconv.Itoa(i), q, domain.SessionWave, "t1", domain.Answer{Option: "a"})
	}
	for i := range 7 {
		w.castIn(aDialogue, "s2", "p"+strconv.Itoa(i), q, domain.SessionWave, "t1", domain.Answer{Option: "a"})
	}
	for i := range 6 {
		answer := domain.Answer{Option: "a"}
		if i == 0 {
			answer = domain.Answer{NonResponse: domain.Refused} // stayed to the end, and did not want to say
		}
		w.castIn(aDialogue, "s2", "p"+strconv.Itoa(i), q, domain.PostWave, "t1", answer)
	}
	w.castIn(aDialogue, "s2", "T1", table, domain.EvaluationWave, "t1", domain.Answer{Option: "a"}) // tables are no people
	w.castIn(aDialogue, "s3", "k1", q, domain.SessionWave, "t9", domain.Answer{Option: "a"})        // and stakeholders not these
	w.add(aDialogue, "ballot-dl_1/p1", domain.BallotVoided{
		Dialogue: aDialogue, Pseudonym: "p1", Session: "s2", Wave: domain.PostWave, Question: q, Reason: domain.Withdrawal, Replaces: domain.Answer{Option: "a"},
	})
	w.document(Funnel, "ed_1/dl_1", &d)
	require.Nil(t, stage(t, d, "completed"), "a session may follow")
	w.add(aDialogue, "dialogue-dl_1", domain.DialogueCertified{Dialogue: aDialogue})

	d = FunnelDoc{}
	w.document(Funnel, "ed_1/dl_1", &d)
	want := []int{300, 150, 40, 40, 20, 10, 8, 5}
	for i, s := range d.Stages {
		require.Equal(t, want[i], *s.People, s.Stage)
	}
	require.Equal(t, Finished{"s2", domain.PostWave}, *d.Finished)
	require.Equal(t, StageName("accepted"), d.Rates[2].Stage)
	require.Equal(t, Number(0.133333), d.Rates[2].Share)
	last := d.Rates[len(d.Rates)-1]
	require.Equal(t, []any{StageName("completed"), StageName("checkedIn"), 5, 8, Number(0.625)}, []any{last.Stage, last.Among, *last.Count, *last.Base, last.Share})
	require.Less(t, last.Interval.Low, last.Share)
	require.Equal(t, []string{"letter", "phone"}, []string{d.Channels[0].Channel, d.Channels[1].Channel})
	require.Equal(t, 50, d.Channels[1].Reached, "as it was corrected")
	require.Equal(t, Number(0.4), d.Channels[1].AcceptedRate.Share)

	// A dialogue that tells less takes no part in the rates that it does not tell.
	w.dialogue("dl_2", "BB", domain.Sortition)
	w.register("dl_2", 5, 5)
	w.dialogue("dl_3", "BB", domain.OpenOnline)
	d = FunnelDoc{}
	w.document(Funnel, "ed_1/world/sortition", &d)
	require.Equal(t, 15, *stage(t, d, "registered"))
	require.Equal(t, [2]int{8, 8}, [2]int{*d.Rates[7].Base, *stage(t, d, "checkedIn") - 5})
	require.Equal(t, 1, d.Rates[7].Dialogues)
	require.Equal(t, 2, d.Rates[6].Dialogues)
	require.Contains(t, d.Warnings, Note{WarnPartial, "drawn is known of 1 of 2 dialogues"})
}

// More people than there were to come are different people, and a warning.
func TestRate(t *testing.T) {
	t.Parallel()
	n := func(i int) *int { return &i }
	var h Head
	require.Equal(t, "null", marshal(t, h.rate("x", n(3), n(2)).Share))
	require.Equal(t, WarnMoreThanBase, h.Warnings[0].Name)
	for _, r := range []Rate{h.rate("x", nil, n(2)), h.rate("x", n(1), nil), h.rate("x", n(0), n(0))} {
		require.Equal(t, "null", marshal(t, r.Share))
		require.Nil(t, r.Interval)
	}
	require.Empty(t, h.Errors)
	require.Equal(t, &Interval{0, 0.277533}, rounded(t, h.rate("x", n(0), n(10)).Interval))
}
