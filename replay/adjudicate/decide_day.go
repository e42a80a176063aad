package adjudicate

import (
	"slices"
	"strconv"

	"daybook.internal/domain"
	"daybook.internal/sortition"
)

func (v *sight) ofDialogue() ([]domain.Event, error) {
	d := own(v, &v.c.dialogues)
	v.inDialogue(d)
	in := func() domain.Edition {
		if d.Registered() == nil {
			v.unknown("dialogue", string(v.f.Meta.Dialogue))
		}
		return v.editionOf(d)
	}
	switch e := v.f.Event.(type) {
	case domain.DialogueRegistered:
		v.belongs(e.Edition, e.Dialogue)
		of := v.edition(e.Edition)
		held := v.onePartner(e.Edition, e.Partner)
		if held.Admitted() == nil {
			v.stranger("partner", string(e.Partner))
		}
		return d.Register(e, of, held)
	case domain.QuotaPlanSet:
		draw := sees(v, &v.c.sortitions, v.c.find(domain.SortitionStream(e.Dialogue)))
		return d.SetQuotaPlan(e, draw)
	case domain.DialogueAuthorised:
		of := in()
		if d.Registered() == nil {
			return nil, nil
		}
		held := v.partner(d.Registered().Edition, d.Registered().Partner)
		return d.Authorise(e, of, held, v.artefacts(append(of.InstrumentsOf(e.Dialogue), e.ConsentText)...))
	case domain.SessionOpened:
		of := in()
		return d.Open(e, of, v.artefacts(e.Instruments...))
	case domain.SessionClosed:
		return d.Close(e)
	case domain.DeviationReported:
		return d.ReportDeviation(e)
	case domain.DialogueCertified:
		return v.certify(e, d, in())
	}
	return nil, nil
}

// certify counts people and ballots as they stood where the decision counted them.
func (v *sight) certify(e domain.DialogueCertified, d domain.Dialogue, in domain.Edition) ([]domain.Event, error) {
	if d.Registered() == nil {
		return nil, nil
	}
	r := v.room(e.Dialogue)
	e.CheckedIn, e.Ballots = r.people, map[domain.SessionID]int{}
	for _, id := range d.Sessions() {
		e.Ballots[id] = 0
	}
	polls := d.Polls(in, v.artefacts(d.Instruments()...))
	for _, p := range r.answered() {
		if !slices.Contains(polls, p) {
			polls = append(polls, p)
		}
		e.Ballots[p.Session] += r.polls[p].ballots
	}
	tallies := map[domain.SessionID]domain.Tally{}
	for _, id := range d.Sessions() {
		tallies[id] = sees(v, &v.c.tallies, v.c.find(domain.TallyStream(e.Dialogue, id)))
	}
	reconciled := func(p domain.Poll) bool { return tallies[p.Session].Reconciled(p.Wave, p.Question) }
	findings := sees(v, &v.c.audits, v.c.find(domain.AuditStream(d.Registered().Edition))).Open(e.Dialogue)
	return d.Certify(e, polls, reconciled, findings)
}

// room is what the decision could count in a dialogue.
func (v *sight) room(d domain.DialogueID) *room {
	place := v.place()
	r, err := v.c.room(v.ctx, d, place)
	switch {
	case err != nil:
		v.err = err
	case r == nil:
		v.wrong("the decision says that it counted what stood at record %d, more than %d records before it", place, maxLag)
	default:
		return r
	}
	return v.c.index.room(d)
}

// ofSortition takes the word of a draw for whom it drew: whoever has the pool draws again.
func (v *sight) ofSortition() ([]domain.Event, error) {
	s := own(v, &v.c.sortitions)
	in := func(id domain.DialogueID) domain.Dialogue {
		d := v.dialogue(id)
		v.inDialogue(d)
		return d
	}
	switch e := v.f.Event.(type) {
	case domain.RecruitmentReported:
		e.Replaces = nil
		return s.ReportRecruitment(e, in(e.Dialogue))
	case domain.PoolSealed:
		return s.SealPool(e, in(e.Dialogue))
	case domain.DrawCommitted:
		d := in(e.Dialogue)
		if _, err := mostAttempts(e.Algorithm); err != nil {
			return nil, err
		}
		return s.CommitDraw(e, d, v.f.Meta.Time)
	case domain.DrawExecuted:
		d := in(e.Dialogue)
		if c := s.Committed(); c != nil {
			if most, err := mostAttempts(c.Algorithm); err == nil && e.Attempts > most {
				return nil, domain.Reject(domain.ErrInvalidField, "the draw took %d attempts, and %d were committed to", e.Attempts, most)
			}
		}
		return s.ExecuteDraw(e, d, v.f.Meta.Time)
	}
	return nil, nil
}

// mostAttempts is the parameter of the one algorithm that there is.
func mostAttempts(a domain.Algorithm) (int, error) {
	n, err := strconv.Atoi(a.Params["maxAttempts"])
	if a.Name != sortition.Algorithm || a.Version != sortition.Version || len(a.Params) != 1 || err != nil || n < 1 || n > sortition.MostAttempts {
		return 0, domain.Reject(domain.ErrInvalidField, "the algorithm is %q version %q with the parameter maxAttempts from 1 to %d", sortition.Algorithm, sortition.Version, sortition.MostAttempts)
	}
	return n, nil
}

// ofParticipant takes at its word what the record does not hold: that somebody is of age, which code was presented, and which words the vault had.
func (v *sight) ofParticipant() ([]domain.Event, error) {
	who := own(v, &v.c.participants)
	in := func(id domain.DialogueID) domain.Dialogue {
		d := v.dialogue(id)
		v.inDialogue(d)
		return d
	}
	switch e := v.f.Event.(type) {
	case domain.ParticipantRegistered:
		d := in(e.Dialogue)
		of := v.editionOf(d)
		var draw domain.SortitionState
		if e.Route == domain.Drawn {
			draw = sees(v, &v.c.sortitions, v.c.find(domain.SortitionStream(e.Dialogue)))
		}
		return who.Register(e, d, of, draw)
	case domain.ConsentGiven:
		in(e.Dialogue)
		e.Replaces = nil
		return who.GiveConsent(e, v.artefact(e.ConsentText.ID))
	case domain.ConsentWithdrawn:
		in(e.Dialogue)
		e.Replaces = nil
		return who.WithdrawConsent(e, true)
	case domain.ParticipantCheckedIn:
		d := in(e.Dialogue)
		of := v.editionOf(d)
		e.Again, e.Chamber = false, ""
		var draw domain.SortitionState
		if who.Drawn() {
			draw = sees(v, &v.c.sortitions, v.c.find(domain.SortitionStream(e.Dialogue)))
		}
		return who.CheckIn(e, d, of, draw)
	case domain.PersonalDataErased:
		in(e.Dialogue)
		return who.Erase(e)
	}
	return nil, nil
}

// maxMembers is how many people a command seats at one table.
const maxMembers = 50

func (v *sight) ofTable() ([]domain.Event, error) {
	t := own(v, &v.c.tables)
	switch e := v.f.Event.(type) {
	case domain.TableFormed:
		if len(e.Members) > maxMembers {
			return nil, domain.Reject(domain.ErrInvalidField, "%d people do not sit at one table", len(e.Members))
		}
		d := v.dialogue(e.Dialogue)
		v.inDialogue(d)
		of := v.editionOf(d)
		if d.Registered() == nil {
			return nil, nil
		}
		held := v.partner(d.Registered().Edition, d.Registered().Partner)
		members := map[domain.ParticipantID]domain.ParticipantState{}
		for _, id := range e.Members {
			if members[id] = sees(v, &v.c.participants, v.c.find(domain.ParticipantStream(id))); members[id].Registered() == nil {
				v.stranger("participant", string(id))
			}
		}
		var others []domain.Table
		for _, id := range until(v.place(), v.c.index.room(e.Dialogue).tables) {
			if id != e.Table {
				others = append(others, sees(v, &v.c.tables, v.c.find(domain.TableStream(e.Dialogue, id))))
			}
		}
		e.Revision, e.Replaces = 0, nil
		return t.Form(e, d, of, held, members, others)
	case domain.TableOutputRecorded:
		d := v.dialogue(e.Dialogue)
		v.inDialogue(d)
		of, template := v.editionOf(d), v.artefact(e.Template.ID)
		members := map[domain.ParticipantID]domain.ParticipantState{}
		for _, id := range t.Members(e.Session) {
			members[id] = glimpses(v, &v.c.participants, v.c.find(domain.ParticipantStream(id)))
		}
		e.Revision, e.Replaces = 0, nil
		return t.RecordOutput(e, d, of, template, v.c.index.room(e.Dialogue).closed[e.Session], v.f.Meta.Time, members)
	}
	return nil, nil
}

func (v *sight) ofTally() ([]domain.Event, error) {
	t := own(v, &v.c.tallies)
	switch e := v.f.Event.(type) {
	case domain.TallySheetRecorded:
		d, q, err := v.asked(e.Dialogue, e.Question)
		if err != nil {
			return nil, err
		}
		present := 0
		if e.Table != "" {
			present = len(sees(v, &v.c.tables, v.c.find(domain.TableStream(e.Dialogue, e.Table))).Members(e.Session))
		} else {
			present = v.present(d, v.room(e.Dialogue), e.Session, q.Unit)
		}
		return t.RecordSheet(e, q, d, present)
	case domain.TallyReconciled:
		d, q, err := v.asked(e.Dialogue, e.Question)
		if err != nil {
			return nil, err
		}
		r := v.room(e.Dialogue)
		said := r.polls[domain.Poll{Session: e.Session, Wave: e.Wave, Question: e.Question}].numbers()
		turnout := domain.Turnout{CheckedIn: v.present(d, r, e.Session, q.Unit), Ballots: said}
		return t.Reconcile(domain.TallyReconciled{
			Dialogue: e.Dialogue, Session: e.Session, Wave: e.Wave, Question: e.Question, Source: e.Source, Resolution: e.Resolution,
		}, q, d, turnout)
	}
	return nil, nil
}

// asked shows a dialogue, and what is asked in it.
func (v *sight) asked(id domain.DialogueID, ref domain.ArtefactRef) (domain.Dialogue, domain.Question, error) {
	d := v.dialogue(id)
	v.inDialogue(d)
	q, err := v.artefact(ref.ID).Question(ref)
	return d, q, err
}

// present is how many can answer in a session: those of its chamber who have checked in, or its tables.
func (v *sight) present(d domain.Dialogue, r *room, session domain.SessionID, unit domain.Unit) (n int) {
	chamber := d.ChamberOf(session)
	if unit != domain.TableUnit || d.Registered() == nil {
		return r.present(session, chamber)
	}
	id := d.Registered().Dialogue
	for _, t := range until(v.place(), v.c.index.room(id).tables) {
		if sees(v, &v.c.tables, v.c.find(domain.TableStream(id, t))).SitsIn(session, chamber) {
			n++
		}
	}
	return n
}
