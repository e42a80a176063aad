package commands

import (
	"context"
	"slices"

	"daybook.internal/domain"
)

func dialogueCommands() []Command {
	return []Command{
		define("register-dialogue", "announce the dialogue of a country", (*Service).RegisterDialogue),
		define("set-quota-plan", "say whom the room shall mirror", (*Service).SetQuotaPlan),
		define("authorise-dialogue", "let a dialogue take place", (*Service).AuthoriseDialogue),
		define("open-session", "begin a session of a dialogue", (*Service).OpenSession),
		define("close-session", "end a session of a dialogue", (*Service).CloseSession),
		define("report-deviation", "say where the day left the protocol", (*Service).ReportDeviation),
		define("certify-dialogue", "say that a dialogue is complete and its numbers agree", (*Service).CertifyDialogue),
	}
}

// RegisterDialogue announces a dialogue in an edition.
func (s *Service) RegisterDialogue(ctx context.Context, by By, c domain.DialogueRegistered) (Receipt, error) {
	v := s.look(ctx)
	e, p := v.edition(c.Edition), sees[domain.Partner](v, domain.PartnerStream(c.Edition, c.Partner))
	return execute(v, by, domain.DialogueStream(c.Dialogue), c.Edition, c.Dialogue,
		func(d domain.Dialogue) ([]domain.Event, error) { return d.Register(c, e, p) })
}

// SetQuotaPlan says whom the room shall mirror.
func (s *Service) SetQuotaPlan(ctx context.Context, by By, c domain.QuotaPlanSet) (Receipt, error) {
	d, _, err := s.dialogue(ctx, c.Dialogue)
	if err != nil {
		return Receipt{}, err
	}
	v := s.look(ctx)
	defer v.enter(domain.DialogueStream(c.Dialogue))()
	draw := sees[domain.SortitionState](v, domain.SortitionStream(c.Dialogue))
	return execute(v, by, domain.DialogueStream(c.Dialogue), d.Registered().Edition, c.Dialogue,
		func(d domain.Dialogue) ([]domain.Event, error) { return d.SetQuotaPlan(c, draw) })
}

// AuthoriseDialogue lets a dialogue take place.
func (s *Service) AuthoriseDialogue(ctx context.Context, by By, c domain.DialogueAuthorised) (Receipt, error) {
	v := s.look(ctx)
	d, e := v.into(c.Dialogue)
	if v.err != nil {
		return Receipt{}, v.err
	}
	held := v.partner(d.Registered().Edition, d.Registered().Partner)
	refs := append(e.InstrumentsOf(c.Dialogue), c.ConsentText)
	used := v.artefacts(refs...)
	return execute(v, by, domain.DialogueStream(c.Dialogue), d.Registered().Edition, c.Dialogue,
		func(d domain.Dialogue) ([]domain.Event, error) { return d.Authorise(c, e, held, used) })
}

// OpenSession begins a session.
func (s *Service) OpenSession(ctx context.Context, by By, c domain.SessionOpened) (Receipt, error) {
	v := s.look(ctx)
	d, e := v.into(c.Dialogue)
	if v.err != nil {
		return Receipt{}, v.err
	}
	used := v.artefacts(c.Instruments...)
	return execute(v, by, domain.DialogueStream(c.Dialogue), d.Registered().Edition, c.Dialogue,
		func(d domain.Dialogue) ([]domain.Event, error) { return d.Open(c, e, used) })
}

// CloseSession ends a session: whatever rests on its being open stands before it in the record, or is rejected.
func (s *Service) CloseSession(ctx context.Context, by By, c domain.SessionClosed) (Receipt, error) {
	v := s.look(ctx)
	defer v.shut(domain.DialogueStream(c.Dialogue))()
	if v.err != nil {
		return Receipt{}, v.err
	}
	return s.inDialogue(ctx, by, c.Dialogue, func(d domain.Dialogue) ([]domain.Event, error) { return d.Close(c) })
}

// ReportDeviation says where the day left the protocol.
func (s *Service) ReportDeviation(ctx context.Context, by By, c domain.DeviationReported) (Receipt, error) {
	return s.inDialogue(ctx, by, c.Dialogue, func(d domain.Dialogue) ([]domain.Event, error) { return d.ReportDeviation(c) })
}

// CertifyDialogue says that a dialogue is complete. How many people checked in and how many ballots stand follows from the record.
type CertifyDialogue struct {
	Dialogue    domain.DialogueID `json:"dialogue"`
	Accepted    []domain.Waiver   `json:"accepted,omitempty"`
	Certificate domain.Digest     `json:"certificate"`
	By          string            `json:"by"`
}

// CertifyDialogue runs the command of that name.
func (s *Service) CertifyDialogue(ctx context.Context, by By, c CertifyDialogue) (Receipt, error) {
	v := s.look(ctx)
	defer v.shut(domain.DialogueStream(c.Dialogue))()
	d, e := v.into(c.Dialogue)
	if v.err != nil {
		return Receipt{}, v.err
	}
	certified := domain.DialogueCertified{
		Dialogue: c.Dialogue, CheckedIn: v.people(c.Dialogue), Ballots: map[domain.SessionID]int{}, Accepted: c.Accepted, Certificate: c.Certificate, By: c.By,
	}
	for _, id := range d.Sessions() {
		certified.Ballots[id] = 0
	}
	polls := d.Polls(e, v.artefacts(d.Instruments()...))
	for _, q := range v.answered(c.Dialogue) {
		if p := domain.Poll(q); !slices.Contains(polls, p) {
			polls = append(polls, p)
		}
		certified.Ballots[q.Session] += v.counted(c.Dialogue, q).Ballots
	}
	tallies := map[domain.SessionID]domain.Tally{}
	for _, id := range d.Sessions() {
		tallies[id] = sees[domain.Tally](v, domain.TallyStream(c.Dialogue, id))
	}
	reconciled := func(p domain.Poll) bool { return tallies[p.Session].Reconciled(p.Wave, p.Question) }
	findings := sees[domain.Audit](v, domain.AuditStream(d.Registered().Edition)).Open(c.Dialogue)
	return execute(v, by, domain.DialogueStream(c.Dialogue), d.Registered().Edition, c.Dialogue,
		func(d domain.Dialogue) ([]domain.Event, error) {
			return d.Certify(certified, polls, reconciled, findings)
		})
}

func (s *Service) inDialogue(ctx context.Context, by By, id domain.DialogueID, decide func(domain.Dialogue) ([]domain.Event, error)) (Receipt, error) {
	d, _, err := s.dialogue(ctx, id)
	if err != nil {
		return Receipt{}, err
	}
	return executeWith(ctx, s.Ledger, &s.states, domain.DialogueStream(id), s.meta(by, d.Registered().Edition, id), decide)
}

// into shows a dialogue for a decision on its own stream, which needs no note, and its edition.
func (v *sight) into(id domain.DialogueID) (domain.Dialogue, domain.Edition) {
	d := peeks[domain.Dialogue](v, domain.DialogueStream(id))
	if v.err == nil && d.Registered() == nil {
		v.refuse(domain.Reject(domain.ErrUnknownRef, "dialogue %q is not registered", id))
	}
	return d, v.editionOf(d)
}
