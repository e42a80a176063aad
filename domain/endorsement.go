package domain

// CheckedIn is the electorate of a chamber that votes in a session: all who have checked in for it. Any other electorate is named in words.
const CheckedIn = "checkedIn"

// OpenEndorsement calls the chambers to vote on the current version. question is the artefact that is put to them, template the one whose words it has, d
// the dialogue; each is empty where there is none. After a decision to defer, the chambers can be called again.
func (r RecommendationState) OpenEndorsement(o EndorsementOpened, question, template Artefact, d Dialogue) ([]Event, error) {
	switch {
	case r.drafted == nil:
		return nil, reject(ErrUnknownRef, "recommendation %q is not drafted", o.Recommendation)
	case r.opened != nil && r.closed == nil && same(*r.opened, o):
		return nil, nil
	case r.superseded != nil:
		return nil, r.isSuperseded()
	case r.opened != nil && r.closed == nil:
		return nil, reject(ErrPhaseClosed, "an endorsement of recommendation %s is open", o.Recommendation)
	case r.decided != nil && !r.pending && r.decided.Outcome != Deferred:
		return nil, reject(ErrFrozen, "recommendation %s is decided", o.Recommendation)
	case r.pending:
		return nil, reject(ErrPhaseClosed, "the endorsement of recommendation %s is closed and waits for its decision", o.Recommendation)
	case o.Version != r.Version():
		return nil, reject(ErrUnknownRef, "the current version of recommendation %s is %d, not %d", o.Recommendation, r.Version(), o.Version)
	case len(o.Chambers) == 0:
		return nil, reject(ErrChamber, "at least one chamber votes")
	case o.ClosesAt == 0:
		return nil, reject(ErrInvalidField, "an endorsement has an end")
	}
	seen, ballots := map[Chamber]bool{}, false
	for _, c := range o.Chambers {
		if seen[c.Chamber] {
			return nil, reject(ErrChamber, "chamber %s stands twice", c.Chamber)
		}
		if err := c.check(r.drafted.Level, d); err != nil {
			return nil, err
		}
		seen[c.Chamber], ballots = true, ballots || c.Electorate == CheckedIn
	}
	if r.drafted.Body == Joint && !(seen[CitizenChamber] && seen[StakeholderChamber]) {
		return nil, reject(ErrChamber, "a joint recommendation is put to citizens and to stakeholders")
	}
	if o.Question == (ArtefactRef{}) {
		if ballots {
			return nil, reject(ErrInvalidField, "those who have checked in vote by answering a question: name it")
		}
		return []Event{o}, nil
	}
	if err := o.checkQuestion(question, template, d); err != nil {
		return nil, err
	}
	return []Event{o}, nil
}

// check rejects a chamber that cannot vote like this.
func (c ChamberRule) check(level Level, d Dialogue) error {
	one := RatioOf(1, 1)
	switch {
	case !chambers[c.Chamber]:
		return reject(ErrChamber, "chamber %q is not known", c.Chamber)
	case c.Threshold.Num <= 0 || c.Quorum.Num < 0 || c.Threshold.above(one) || c.Quorum.above(one):
		return reject(ErrInvalidField, "chamber %s: a threshold above 0 and a quorum from 0, both at most 1", c.Chamber)
	case c.Electorate == "":
		return reject(ErrInvalidField, "chamber %s has an electorate", c.Chamber)
	case c.Electorate != CheckedIn && c.Session != "":
		return reject(ErrInvalidField, "in a session vote those who have checked in for it: chamber %s has electorate %q", c.Chamber, c.Electorate)
	case c.Electorate != CheckedIn:
		return nil
	case level == GlobalLevel:
		return reject(ErrChamber, "nobody checks in for the world: name in words who endorses a global recommendation")
	case c.Session == "":
		return reject(ErrInvalidField, "chamber %s votes in a session of the dialogue: name it", c.Chamber)
	}
	s, err := d.OpenSession(c.Session)
	if err == nil && s.Chamber != c.Chamber {
		err = reject(ErrChamber, "session %s is one of the %s chamber, not of the %s one", c.Session, s.Chamber, c.Chamber)
	}
	return err
}

// checkQuestion rejects a question that does not put exactly this version to the vote, and one whose words nobody has approved. The question itself is
// made on the day; so its template is what was reviewed.
func (o EndorsementOpened) checkQuestion(question, template Artefact, d Dialogue) error {
	q, err := question.Question(o.Question)
	switch {
	case err != nil:
		return err
	case q.Kind != Endorse || q.Recommendation != o.Recommendation || q.OfVersion != o.Version:
		return reject(ErrUnknownRef, "question %s version %d does not put version %d of recommendation %s to the vote", o.Question.ID, o.Question.Version, o.Version, o.Recommendation)
	case q.Unit != Individual:
		return reject(ErrInvalidField, "people endorse, not tables")
	case template.Kind(q.Template) != TemplateArtefact:
		return reject(ErrNotApproved, "artefact %s version %d is no template of recommendations", q.Template.ID, q.Template.Version)
	}
	if err := template.Approved(q.Template); err != nil || d.registered == nil {
		return err
	}
	for _, lang := range d.registered.Languages {
		if err := template.Usable(q.Template, lang); err != nil {
			return err
		}
	}
	return nil
}

// CloseEndorsement takes the counts of every chamber. Those of a chamber that votes in a session are the reconciled ones of its tally, and Tallies of c
// is set here; the others are given by hand.
func (r RecommendationState) CloseEndorsement(c EndorsementClosed, tallies map[SessionID]Tally) ([]Event, error) {
	if r.opened == nil {
		return nil, reject(ErrPhaseClosed, "no endorsement of recommendation %q is open", c.Recommendation)
	}
	if refs := r.opened.tallies(tallies); len(refs) > 0 {
		c.Tallies = refs
	}
	switch {
	case r.closed != nil && same(*r.closed, c):
		return nil, nil
	case r.superseded != nil:
		return nil, r.isSuperseded()
	case r.closed != nil:
		return nil, reject(ErrPhaseClosed, "the endorsement of recommendation %s is closed", c.Recommendation)
	case c.Version != r.opened.Version:
		return nil, reject(ErrUnknownRef, "the endorsement is of version %d, not %d", r.opened.Version, c.Version)
	case len(c.Chambers) != len(r.opened.Chambers):
		return nil, reject(ErrChamber, "%d chambers were called, %d have counts", len(r.opened.Chambers), len(c.Chambers))
	}
	for i, n := range c.Chambers {
		rule := r.opened.Chambers[i]
		switch {
		case n.Chamber != rule.Chamber:
			return nil, reject(ErrChamber, "counts stand in the order of the call: %s, not %s", rule.Chamber, n.Chamber)
		case min(n.Eligible, n.Yes, n.No, n.Abstain) < 0 || n.Cast != n.Yes+n.No+n.Abstain || n.Cast > n.Eligible:
			return nil, reject(ErrTallyMismatch, "chamber %s: %d yes + %d no + %d abstain are not %d cast, or more than %d eligible", n.Chamber, n.Yes, n.No, n.Abstain, n.Cast, n.Eligible)
		case rule.Session == "":
			continue
		}
		result, ok := tallies[rule.Session].Result(EndorsementWave, r.opened.Question)
		if !ok {
			return nil, reject(ErrNotReconciled, "the votes of chamber %s in session %s are not reconciled", rule.Chamber, rule.Session)
		}
		if voted := result.endorsed(rule.Chamber); n != voted {
			return nil, reject(ErrTallyMismatch, "chamber %s: the reconciled tally says %d eligible, %d cast, %d yes, %d no, %d abstain",
				voted.Chamber, voted.Eligible, voted.Cast, voted.Yes, voted.No, voted.Abstain)
		}
	}
	return []Event{c}, nil
}

// Called is the endorsement that is open, nil where none is.
func (r RecommendationState) Called() *EndorsementOpened {
	if r.closed != nil {
		return nil
	}
	return r.opened
}

// VotesIn are the sessions in which the chambers vote that were called the last time.
func (r RecommendationState) VotesIn() (sessions []SessionID) {
	if r.opened == nil {
		return nil
	}
	for _, c := range r.opened.Chambers {
		if c.Session != "" {
			sessions = append(sessions, c.Session)
		}
	}
	return sessions
}

// tallies points at the reconciled votes of the chambers that vote in a session.
func (o EndorsementOpened) tallies(known map[SessionID]Tally) (refs []Ref) {
	for _, c := range o.Chambers {
		if t := known[c.Session]; c.Session != "" && t.Reconciled(EndorsementWave, o.Question) {
			refs = append(refs, t.settledAt(EndorsementWave, o.Question))
		}
	}
	return refs
}

// endorsed is what a reconciled tally comes to for a chamber. Who gave no answer has not voted.
func (r TallyReconciled) endorsed(c Chamber) ChamberCount {
	n := ChamberCount{Chamber: c, Eligible: r.CheckedIn}
	for _, cell := range sortedKeys(r.Counts) {
		switch Endorsement(cell).Vote() {
		case Yes:
			n.Yes += r.Counts[cell]
		case No:
			n.No += r.Counts[cell]
		case Abstain:
			n.Abstain += r.Counts[cell]
		}
	}
	n.Cast = n.Yes + n.No + n.Abstain
	return n
}

// Decide settles the outcome. ChambersPassed and Replaces of d are set here: a chamber passes when cast / eligible reaches its quorum and yes / (yes + no)
// its threshold. A recommendation is adopted only if every chamber passes, and rejected only if one does not. Whoever voted no is asked for the words of
// their dissent.
func (r RecommendationState) Decide(d RecommendationDecided) ([]Event, error) {
	if r.closed == nil {
		return nil, reject(ErrPhaseClosed, "recommendation %q has no closed endorsement", d.Recommendation)
	}
	d.ChambersPassed, d.Replaces = []Chamber{}, ""
	switch {
	case r.pending && r.decided != nil:
		d.Replaces = r.decided.Outcome
	case r.decided != nil:
		d.Replaces = r.decided.Replaces
	}
	var failed error
	no := 0
	for i, n := range r.closed.Chambers {
		rule := r.opened.Chambers[i]
		no += n.No
		switch {
		case !rule.Quorum.AtMost(n.Cast, n.Eligible):
			failed = reject(ErrQuorum, "chamber %s: %d of %d voted, the quorum is %s", n.Chamber, n.Cast, n.Eligible, rule.Quorum)
		case !rule.Threshold.AtMost(n.Yes, n.Yes+n.No):
			failed = reject(ErrThreshold, "chamber %s: %d yes, %d no, the threshold is %s", n.Chamber, n.Yes, n.No, rule.Threshold)
		default:
			d.ChambersPassed = append(d.ChambersPassed, n.Chamber)
		}
	}
	switch {
	case !r.pending && same(*r.decided, d):
		return nil, nil
	case r.superseded != nil:
		return nil, r.isSuperseded()
	case !r.pending:
		return nil, reject(ErrFrozen, "recommendation %s is decided", d.Recommendation)
	case !outcomes[d.Outcome]:
		return nil, reject(ErrInvalidField, "outcome %q is not known", d.Outcome)
	case d.Version != r.closed.Version:
		return nil, reject(ErrUnknownRef, "the endorsement was of version %d, not %d", r.closed.Version, d.Version)
	case d.DecidedBy == "":
		return nil, reject(ErrInvalidField, "somebody decides")
	case d.Outcome == Adopted && failed != nil:
		return nil, failed
	case d.Outcome == TurnedOut && failed == nil:
		return nil, reject(ErrThreshold, "every chamber passed")
	case no > 0 && len(d.Dissents) == 0 && !d.DissentOffered:
		return nil, reject(ErrInvalidField, "%d people voted no: their dissent is put on record, or dissentOffered says that they wanted none", no)
	}
	for _, dissent := range d.Dissents {
		if err := dissent.Text.Check("dissent"); err != nil {
			return nil, err
		}
		if dissent.Supporters < 1 || dissent.Supporters > no {
			return nil, reject(ErrTallyMismatch, "%d people dissent, %d voted no", dissent.Supporters, no)
		}
	}
	return []Event{d}, nil
}

func (r Ratio) above(o Ratio) bool { return r.Num*max(o.Den, 1) > o.Num*max(r.Den, 1) }
