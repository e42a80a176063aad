package domain

import "slices"

// PartnerStream is the stream of one partner in one edition: rights are per edition.
func PartnerStream(e EditionID, p PartnerID) StreamID {
	return StreamName("partner", string(e), string(p))
}

// Partner is the state of one partner's stream.
type Partner struct {
	admitted  *PartnerAdmitted
	interests map[string]InterestDeclared // by person, the last one
	trainings map[training]TrainingCompleted
	ended     *PartnershipEnded
}

type training struct {
	trainee string
	role    Role
	module  ArtefactRef
}

// Evolve folds one event.
func (p Partner) Evolve(ev Event) Partner {
	switch ev := ev.(type) {
	case PartnerAdmitted:
		p.admitted = &ev
	case InterestDeclared:
		p.interests = with(p.interests, ev.Person, ev)
	case TrainingCompleted:
		p.trainings = with(p.trainings, training{ev.Trainee, ev.Role, ev.Module}, ev)
	case PartnershipEnded:
		p.ended = &ev
	}
	return p
}

// Admitted is the admission, nil before it.
func (p Partner) Admitted() *PartnerAdmitted { return p.admitted }

// Ended is the end of the partnership, nil before it.
func (p Partner) Ended() *PartnershipEnded { return p.ended }

// Holds rejects by ErrForbidden unless the partner holds a role on a day. A national partner holds it for its own place alone; an empty place asks for none.
func (p Partner) Holds(role Role, place Place, on Date) error {
	switch a := p.admitted; {
	case a == nil:
		return reject(ErrForbidden, "the partner is not admitted to the edition")
	case p.ended != nil:
		return reject(ErrForbidden, "the partnership of %s has ended", a.Partner)
	case !slices.Contains(a.Roles, role):
		return reject(ErrForbidden, "partner %s has no role %s", a.Partner, role)
	case role == NationalPartner && place != "" && place != a.Place:
		return reject(ErrForbidden, "partner %s is the national partner of %s, not of %s", a.Partner, a.Place, place)
	case on != "" && (on < a.ValidFrom || (a.ValidTo != "" && on > a.ValidTo)):
		return reject(ErrForbidden, "the agreement with partner %s does not hold on %s", a.Partner, on)
	}
	return nil
}

// Interest is what a person has declared for topics, and whether there is a declaration at all. A declaration without topics is about all of them, and
// where nobody knows the topics it applies as well.
func (p Partner) Interest(person string, topics []TopicID) (InterestLevel, bool) {
	d, declared := p.interests[person]
	if !declared {
		return "", false
	}
	touches := len(d.Topics) == 0 || len(topics) == 0 || slices.ContainsFunc(d.Topics, func(t TopicID) bool { return slices.Contains(topics, t) })
	if !touches {
		return NoInterest, true
	}
	return d.Level, true
}

// Trained tells whether a person has a training for a role that is valid on a day.
func (p Partner) Trained(person string, role Role, on Date) bool {
	for k, t := range p.trainings {
		if k.trainee == person && k.role == role && (t.ValidTo == "" || on <= t.ValidTo) {
			return true
		}
	}
	return false
}

// TrainedFor counts the people who are trained for a role on a day.
func (p Partner) TrainedFor(role Role, on Date) int {
	people := map[string]bool{}
	for k, t := range p.trainings {
		if k.role == role && (t.ValidTo == "" || on <= t.ValidTo) {
			people[k.trainee] = true
		}
	}
	return len(people)
}

// Admit takes the partner into the coalition. others are the other partners of the edition. A place has one national partner; who succeeds it is admitted
// and trained beside it, so that dialogues are never nobody's.
func (p Partner) Admit(a PartnerAdmitted, in Edition, others []Partner) ([]Event, error) {
	err := first(CheckID("partner", a.Partner), oneOf("partner kind", a.Kind, partnerKinds), a.ValidFrom.Check(), a.ValidTo.Check(), in.mustBeOpen())
	if a.Place != "" {
		err = first(err, a.Place.Check())
	}
	switch {
	case err != nil:
		return nil, err
	case p.admitted != nil && same(*p.admitted, a):
		return nil, nil
	case p.admitted != nil:
		return nil, reject(ErrDuplicate, "partner %s is admitted already", a.Partner)
	case in.opened.Edition != a.Edition:
		return nil, reject(ErrUnknownRef, "edition %s is not open", a.Edition)
	case a.Name == "" || a.Agreement == Digest{} || a.ValidFrom == "":
		return nil, reject(ErrInvalidField, "a partner has a name, the digest of an agreement, and a day from which it holds")
	case a.ValidTo != "" && a.ValidTo < a.ValidFrom:
		return nil, reject(ErrInvalidField, "the agreement ends before it begins")
	case len(a.Roles) == 0:
		return nil, reject(ErrInvalidField, "a partner has a role")
	case slices.Contains(a.Roles, Evaluator) && len(a.Roles) > 1:
		return nil, reject(ErrConflictOfInterest, "who evaluates has no other role")
	case slices.Contains(a.Roles, NationalPartner) != (a.Place != ""):
		return nil, reject(ErrInvalidField, "a national partner has a place, and no other partner has")
	}
	for i, r := range a.Roles {
		if err := oneOf("role", r, roles); err != nil {
			return nil, err
		}
		if slices.Contains(a.Roles[:i], r) {
			return nil, reject(ErrInvalidField, "role %s stands twice", r)
		}
	}
	succeeds := a.Succeeds == ""
	for _, o := range others {
		switch {
		case a.Place == "" || o.admitted == nil || o.ended != nil || o.admitted.Place != a.Place || o.admitted.Partner == a.Partner:
			continue
		case o.admitted.Partner != a.Succeeds:
			return nil, reject(ErrConflictOfInterest, "%s is the national partner of %s: name it as the one that is succeeded", o.admitted.Partner, a.Place)
		}
		succeeds = true
	}
	if !succeeds {
		return nil, reject(ErrUnknownRef, "%q is not the national partner of place %q, so that nobody succeeds it there", a.Succeeds, a.Place)
	}
	return []Event{a}, nil
}

// DeclareInterest says what a person has at stake. A later declaration replaces an earlier one.
func (p Partner) DeclareInterest(d InterestDeclared) ([]Event, error) {
	if err := first(oneOf("interest", d.Level, interestLevels), d.Statement.Check("statement")); err != nil {
		return nil, err
	}
	have, known := p.interests[d.Person]
	switch {
	case p.admitted == nil:
		return nil, reject(ErrUnknownRef, "partner %q is not admitted", d.Partner)
	case known && same(have, d):
		return nil, nil
	case p.ended != nil:
		return nil, reject(ErrPhaseClosed, "the partnership of %s has ended", d.Partner)
	case !isToken(d.Person):
		return nil, reject(ErrInvalidField, "person %q is not a principal", d.Person)
	}
	for i, t := range d.Topics {
		if err := CheckID("topic", t); err != nil {
			return nil, err
		}
		if slices.Contains(d.Topics[:i], t) {
			return nil, reject(ErrInvalidField, "topic %s stands twice", t)
		}
	}
	return []Event{d}, nil
}

// CompleteTraining says that somebody was trained with an approved module, of which module is the state.
func (p Partner) CompleteTraining(t TrainingCompleted, module Artefact) ([]Event, error) {
	have, known := p.trainings[training{t.Trainee, t.Role, t.Module}]
	switch {
	case p.admitted == nil:
		return nil, reject(ErrUnknownRef, "partner %q is not admitted", t.Partner)
	case known && same(have, t):
		return nil, nil
	case p.ended != nil:
		return nil, reject(ErrPhaseClosed, "the partnership of %s has ended", t.Partner)
	case !isToken(t.Trainee) || !isToken(t.Trainer):
		return nil, reject(ErrInvalidField, "trainee %q and trainer %q are principals", t.Trainee, t.Trainer)
	case t.Trainee == t.Trainer:
		return nil, reject(ErrSelfReview, "nobody trains themselves")
	case t.Score != nil && (t.Score.Num < 0 || t.Score.above(RatioOf(1, 1))):
		return nil, reject(ErrInvalidField, "a score is a share from 0 to 1")
	}
	if err := first(oneOf("role", t.Role, roles), t.ValidTo.Check(), module.Approved(t.Module)); err != nil {
		return nil, err
	}
	return []Event{t}, nil
}

// EndPartnership takes the partner out of the coalition. open are its dialogues that are not certified; successor is the partner that takes them over.
func (p Partner) EndPartnership(e PartnershipEnded, open []DialogueID, successor Partner) ([]Event, error) {
	switch {
	case p.admitted == nil:
		return nil, reject(ErrUnknownRef, "partner %q is not admitted", e.Partner)
	case p.ended != nil && same(*p.ended, e):
		return nil, nil
	case p.ended != nil:
		return nil, reject(ErrDuplicate, "the partnership has ended already")
	case e.Reason == "" || e.EffectiveAt == 0 || e.EffectiveAt.Check() != nil:
		return nil, reject(ErrInvalidField, "the end of a partnership has a reason and a time")
	case e.ReassignTo == e.Partner:
		return nil, reject(ErrCycle, "a partner does not follow itself")
	case e.ReassignTo == "" && len(open) > 0:
		return nil, reject(ErrPhaseClosed, "dialogue %s is not certified: name who takes over, or certify it first", open[0])
	case e.ReassignTo == "":
		return []Event{e}, nil
	case successor.admitted == nil || successor.ended != nil:
		return nil, reject(ErrUnknownRef, "partner %q is not admitted, or has ended itself", e.ReassignTo)
	}
	return []Event{e}, nil
}
