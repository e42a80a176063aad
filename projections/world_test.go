package projections

import (
	"fmt"
	"slices"
	"sync"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// A world is a small ledger in memory. Nothing gets into it but what the decisions of the domain let in, through the bytes of the wire.
type world struct {
	t       require.TestingT
	records []domain.Record
	decoded []domain.Fact // of the first records
	streams map[domain.StreamID][]domain.Event
	soFar   map[domain.StreamID]soFar
	now     domain.Time
	homes   map[domain.ParticipantID]domain.DialogueID // by the name that the test gives to a person
}

// soFar is what the first events of a stream come to.
type soFar struct {
	events int
	state  any
}

func newWorld(t require.TestingT) *world {
	return &world{
		t: t, streams: map[domain.StreamID][]domain.Event{}, soFar: map[domain.StreamID]soFar{}, now: 1_773_480_000_000, homes: map[domain.ParticipantID]domain.DialogueID{},
	}
}

func state[S domain.State[S]](w *world, stream domain.StreamID) S {
	have := w.soFar[stream]
	s, known := have.state.(S)
	if !known {
		have.events = 0
	}
	s = domain.Fold(s, w.streams[stream][have.events:]...)
	w.soFar[stream] = soFar{len(w.streams[stream]), s}
	return s
}

// decide asks a decision and writes what follows. It tells whether anything did; to be rejected is all right.
func decide[S domain.State[S]](w *world, stream domain.StreamID, meta domain.Meta, ask func(S) ([]domain.Event, error)) bool {
	events, err := ask(state[S](w, stream))
	if err != nil {
		require.ErrorAs(w.t, err, new(*domain.Rejection))
		return false
	}
	for i, e := range events {
		w.now += 1000
		meta.Time, meta.Command = w.now, fmt.Sprint("c", len(w.records))
		meta.Actor = domain.Actor{Role: domain.Coordinator, Principal: "p"}
		m, err := domain.EncodeMeta(meta)
		require.NoError(w.t, err)
		typ, data, err := domain.Encode(e)
		require.NoError(w.t, err)
		back, err := domain.Decode(typ, data)
		require.NoError(w.t, err)
		w.records = append(w.records, domain.Record{
			Seq: uint64(len(w.records)), Stream: stream, Revision: uint64(len(w.streams[stream])), ID: domain.NewEventID(meta.Command, stream, i), Type: typ, Meta: m, Data: data,
		})
		w.streams[stream] = append(w.streams[stream], back)
	}
	return len(events) > 0
}

func (w *world) facts() []domain.Fact {
	for _, r := range w.records[len(w.decoded):] {
		f, err := r.Decode()
		require.NoError(w.t, err)
		w.decoded = append(w.decoded, f)
	}
	return w.decoded
}

func (w *world) dialogue(id domain.DialogueID) domain.Dialogue {
	return state[domain.Dialogue](w, domain.DialogueStream(id))
}

// meta is the meta of a fact of dialogue id, which is registered.
func (w *world) meta(id domain.DialogueID) domain.Meta {
	m := domain.Meta{Dialogue: id, Source: "ed_1"}
	if r := w.dialogue(id).Registered(); r != nil {
		m.Source = r.Edition
	}
	return m
}

var (
	mayor       = domain.ArtefactRef{ID: "ar_mayor", Version: 1}
	table       = domain.ArtefactRef{ID: "ar_table", Version: 2} // answered by tables
	ranks       = domain.ArtefactRef{ID: "ar_ranks", Version: 1} // answered by a ranking
	consentText = domain.ArtefactRef{ID: "ar_consent", Version: 1}
	guide       = domain.ArtefactRef{ID: "ar_guide", Version: 1}
	sheet       = domain.ArtefactRef{ID: "ar_sheet", Version: 1}
	voters      = []domain.Pseudonym{"p1", "p10", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9"}
)

func question(ref domain.ArtefactRef) domain.Question {
	q := domain.Question{Kind: domain.SingleChoice, Text: domain.In("en", "Which?"), Unit: domain.Individual}
	for _, id := range []domain.OptionID{"a", "b", "c"} {
		q.Options = append(q.Options, domain.Option{ID: id, Label: domain.In("en", string(id))})
	}
	switch ref {
	case table:
		q.Unit = domain.TableUnit
	case ranks:
		q.Kind, q.Top, q.Scoring = domain.Ranking, 2, domain.LengthBorda
	}
	return q
}

// asWanted are the artefacts of the day, approved as the decisions want them; they are not in the ledger of these worlds.
var asWanted = sync.OnceValue(func() map[domain.ArtefactID]domain.Artefact {
	artefacts := approvedPlan()
	for _, ref := range []domain.ArtefactRef{mayor, table, ranks} {
		q := question(ref)
		artefacts[ref.ID] = approved(domain.ArtefactVersionAdded{Artefact: ref.ID, Version: ref.Version, Kind: domain.QuestionArtefact, Question: &q, SourceLang: "en"})
	}
	artefacts[consentText.ID] = approved(domain.ArtefactVersionAdded{Artefact: consentText.ID, Version: 1, Kind: domain.ConsentTextArtefact, SourceLang: "en"})
	artefacts[guide.ID] = approved(domain.ArtefactVersionAdded{Artefact: guide.ID, Version: 1, Kind: domain.GuideArtefact, SourceLang: "en", Codes: []domain.Code{{ID: "G1"}}})
	artefacts[sheet.ID] = approved(domain.ArtefactVersionAdded{Artefact: sheet.ID, Version: 1, Kind: domain.WorksheetArtefact, SourceLang: "en"})
	return artefacts
})

// holder is the partner that holds the dialogue of a place, with as many facilitators as it needs.
func holder(place domain.Place) domain.Partner {
	return domain.Fold(trained(), domain.PartnerAdmitted{Partner: "pt_2", Roles: []domain.Role{domain.NationalPartner}, Place: place})
}

var trained = sync.OnceValue(func() domain.Partner {
	p := domain.Fold(domain.Partner{}, domain.TrainingCompleted{Trainee: "h", Role: domain.HeadFacilitator})
	for i := range 8 {
		who := fmt.Sprint("f", i+1)
		p = domain.Fold(p, domain.TrainingCompleted{Trainee: who, Role: domain.TableFacilitator}, domain.InterestDeclared{Person: who, Level: domain.NoInterest})
	}
	return p
})

// edition is the edition of a dialogue, empty where it is not registered.
func (w *world) edition(id domain.DialogueID) domain.Edition {
	if r := w.dialogue(id).Registered(); r != nil {
		return state[domain.Edition](w, domain.EditionStream(r.Edition))
	}
	return domain.Edition{}
}

// openEditions opens ed_1, with a protocol that asks for two countries, and ed_2. Both ask the same in each of three sessions.
func (w *world) openEditions() {
	for _, id := range []domain.EditionID{"ed_1", "ed_2"} {
		decide(w, domain.EditionStream(id), domain.Meta{Source: id}, func(e domain.Edition) ([]domain.Event, error) {
			return e.Open(domain.EditionOpened{Edition: id, Title: domain.In("en", "Water"), Mandate: domain.In("en", "Advise."), Languages: []domain.Lang{"en"}, Coordinator: "pt_1"})
		})
		for i, session := range []domain.SessionID{"ss_1", "ss_2", "ss_3"} {
			s := domain.SessionDefined{Edition: id, Session: session, Ordinal: i + 1, Kind: domain.ThematicSession, Chamber: domain.CitizenChamber, PlannedMinutes: 45}
			for _, q := range []domain.ArtefactRef{mayor, table, ranks} {
				s.Instruments = append(s.Instruments, domain.Instrument{Artefact: q, Wave: domain.PreWave}, domain.Instrument{Artefact: q, Wave: domain.PostWave})
			}
			decide(w, domain.EditionStream(id), domain.Meta{Source: id}, func(e domain.Edition) ([]domain.Event, error) { return e.DefineSession(s, asWanted()) })
		}
	}
	decide(w, domain.EditionStream("ed_1"), domain.Meta{Source: "ed_1"}, func(e domain.Edition) ([]domain.Event, error) {
		return e.FreezeProtocol(domain.ProtocolFrozen{
			Edition: "ed_1", MethodVersion: 1, AnalysisPlan: domain.Document{Digest: domain.Digest{1}}, PlanArtefact: plan, Suppression: domain.Suppression{MinBase: 10}, RankScoring: domain.LengthBorda,
			Thresholds: map[string]domain.Ratio{domain.MinCountries: domain.RatioOf(2, 1)}, ReviewQuorum: 1,
		}, asWanted())
	})
}

// begin registers a dialogue, draws its people where they are drawn, authorises it, and opens its first session.
func (w *world) begin(id domain.DialogueID, edition domain.EditionID, place domain.Place, sample domain.SampleType) {
	stream, m := domain.DialogueStream(id), domain.Meta{Source: edition, Dialogue: id}
	in := state[domain.Edition](w, domain.EditionStream(edition))
	decide(w, stream, m, func(d domain.Dialogue) ([]domain.Event, error) {
		return d.Register(domain.DialogueRegistered{
			Dialogue: id, Edition: edition, Place: place, Partner: "pt_2", Mode: domain.RoomMode, SampleType: sample, Languages: []domain.Lang{"en"}, PlannedSize: 60,
		}, in, holder(place))
	})
	if sample == domain.Sortition {
		w.drawRoom(id)
	}
	decide(w, stream, m, func(d domain.Dialogue) ([]domain.Event, error) {
		return d.Authorise(domain.DialogueAuthorised{
			Dialogue: id, MethodVersion: 1, Waivers: []domain.Waiver{{Rule: domain.WaiveProtocol, Reason: "r", ApprovedBy: "c"}}, ConsentText: consentText,
		}, in, holder(place), asWanted())
	})
	w.open(id, "ss_1")
}

func (w *world) open(id domain.DialogueID, session domain.SessionID) bool {
	d := w.dialogue(id)
	s := domain.SessionOpened{Dialogue: id, Session: session, Chamber: domain.CitizenChamber, Instruments: []domain.ArtefactRef{mayor, table, ranks}}
	if d.Registered() != nil && d.Registered().SampleType != domain.OpenOnline {
		s.CodesCommitment, _ = domain.SealCodes(id, voters)
		s.IssuedCodes = len(voters)
	}
	in := w.edition(id)
	return decide(w, domain.DialogueStream(id), w.meta(id), func(d domain.Dialogue) ([]domain.Event, error) { return d.Open(s, in, asWanted()) })
}

func (w *world) close(id domain.DialogueID, session domain.SessionID) bool {
	m := w.meta(id)
	m.OccurredAt = w.now - 500
	return decide(w, domain.DialogueStream(id), m, func(d domain.Dialogue) ([]domain.Event, error) {
		return d.Close(domain.SessionClosed{Dialogue: id, Session: session, Minutes: 50, CheckedIn: 9})
	})
}

func (w *world) post(id domain.DialogueID, statement domain.StatementID, author domain.Pseudonym) bool {
	c, d := domain.ConversationID(id), w.dialogue(id)
	return decide(w, domain.StatementStream(c, statement), w.meta(id), func(s domain.Statement) ([]domain.Event, error) {
		return s.Post(domain.StatementPosted{Conversation: c, Statement: statement, Kind: domain.PlainStatement, Text: domain.Commitment{1}, Lang: "en", Author: author}, d, domain.Statement{})
	})
}

func (w *world) moderate(id domain.DialogueID, statement domain.StatementID, m domain.Moderation) bool {
	c := domain.ConversationID(id)
	return decide(w, domain.StatementStream(c, statement), w.meta(id), func(s domain.Statement) ([]domain.Event, error) {
		return s.Moderate(domain.StatementModerated{Conversation: c, Statement: statement, Decision: m, ReasonCode: "G1", Guideline: guide, Moderator: "mod"}, asWanted()[guide.ID])
	})
}

func (w *world) link(id domain.DialogueID, from, to domain.StatementID, relation domain.StatementRelation) bool {
	c := domain.ConversationID(id)
	target := domain.StatementStream(c, to)
	other := state[domain.Statement](w, target)
	var beyond []domain.Statement
	for todo := other.Links(); len(todo) > 0 && len(beyond) < 100; todo = todo[1:] {
		st := state[domain.Statement](w, todo[0].Stream)
		beyond, todo = append(beyond, st), append(todo, st.Links()...)
	}
	return decide(w, domain.StatementStream(c, from), w.meta(id), func(s domain.Statement) ([]domain.Event, error) {
		return s.Link(domain.StatementLinked{Conversation: c, Statement: from, Relation: relation, Target: domain.Ref{Stream: target, Version: 1}, By: "mod"}, other, beyond)
	})
}

// react casts a reaction; imported ones are taken over as they are.
func (w *world) react(id domain.DialogueID, who domain.Pseudonym, statement domain.StatementID, value domain.ReactionValue, important, imported bool) bool {
	c, d := domain.ConversationID(id), w.dialogue(id)
	s := state[domain.Statement](w, domain.StatementStream(c, statement))
	cast := domain.ReactionCast{Conversation: c, Respondent: who, Statement: statement, Value: value, Important: important}
	return decide(w, domain.ReactionsStream(c, who), w.meta(id), func(r domain.Reactions) ([]domain.Event, error) {
		if _, err := r.Cast(cast, s, d); imported && err == nil {
			return r.Imported(cast)
		}
		return r.Cast(cast, s, d)
	})
}

// vote answers a question. The question for tables is answered by the table that bears the voter's name.
func (w *world) vote(id domain.DialogueID, who domain.Pseudonym, session domain.SessionID, q domain.ArtefactRef, wave domain.Wave, a domain.Answer) bool {
	in := domain.Booth{Dialogue: w.dialogue(id), Edition: w.edition(id), Question: asWanted()[q.ID]}
	cast := domain.BallotCast{Dialogue: id, Pseudonym: who, Session: session, Wave: wave, Question: q, Lang: "en", Answer: a, Channel: domain.AppChannel}
	if q == table {
		cast.Table = domain.TableID(who)
		cast.Pseudonym = domain.TablePseudonym(cast.Table)
		in.Table = state[domain.Table](w, domain.TableStream(id, cast.Table))
	} else if _, proofs := domain.SealCodes(id, voters); slices.Contains(voters, who) {
		proof := proofs[who]
		cast.Issued = &proof
	}
	return decide(w, domain.BallotStream(id, cast.Pseudonym), w.meta(id), func(b domain.Ballot) ([]domain.Event, error) { return b.Cast(cast, in) })
}

func (w *world) void(id domain.DialogueID, who domain.Pseudonym, session domain.SessionID, q domain.ArtefactRef, wave domain.Wave) bool {
	v := domain.BallotVoided{Dialogue: id, Pseudonym: who, Session: session, Wave: wave, Question: q, Reason: domain.Illegible, By: "x", SecondBy: "y"}
	counted, in := state[domain.Tally](w, domain.TallyStream(id, session)), w.dialogue(id)
	return decide(w, domain.BallotStream(id, who), w.meta(id), func(b domain.Ballot) ([]domain.Event, error) {
		return b.Void(v, counted, in)
	})
}
