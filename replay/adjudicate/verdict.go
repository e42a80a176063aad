package adjudicate

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"

	"daybook.internal/domain"
	"daybook.internal/replay"
)

// judgeSafely is judge where the state before the event may be one that no decision has led to: what the rules cannot be applied to does not follow from them.
// In a record in which everything has followed so far it is a fault of this program.
func (v *sight) judgeSafely() (violation *Violation) {
	defer func() {
		fault := recover()
		switch {
		case fault == nil:
		case v.c.damaged:
			violation = v.violation(replay.Rule, fmt.Sprintf("the rules cannot be applied to what stands before it, which does not follow from them: %v", fault), nil)
		default:
			v.err = fmt.Errorf("a fault of this program: %v at %s", fault, debug.Stack())
		}
	}()
	return v.judge()
}

// judge decides the event again and says what is wrong with it, nil where nothing is.
func (v *sight) judge() *Violation {
	if v.f.Revision != uint64(v.c.book.entry(v.no).events) {
		return v.violation(replay.Revision, fmt.Sprintf("the stream has %d events before it, and not %d", v.c.book.entry(v.no).events, v.f.Revision), nil)
	}
	if !v.p.own {
		return v.violation(v.elsewhere(), "an event stands in the stream of what it is about", nil)
	}
	events, err := v.decide()
	if v.err != nil {
		return nil
	}
	if v.absent != "" {
		return v.violation(replay.Unregistered, v.absent, nil)
	}
	if e, ok := v.f.Event.(domain.BallotCast); ok && !v.p.signed {
		return v.rejected(e.Verify())
	}
	if finding, problem := v.byPosition(); finding != "" {
		return v.violation(finding, problem.Error(), problem)
	}
	switch {
	case err != nil:
		return v.rejected(err)
	case v.fault != "":
		return v.violation(replay.Rule, v.fault, nil)
	case len(events) != 1:
		return v.violation(v.repeated(), "by the rules nothing happens: it is so already", nil)
	case !v.follows && !equal(events[0], v.f.Event):
		return v.violation(v.differs(events[0]), "by the rules it is another event: "+difference(v.f.Event, events[0]), nil)
	}
	return v.form()
}

// rejected is what a decision not to act means.
func (v *sight) rejected(err error) *Violation {
	var r *domain.Rejection
	if !errors.As(err, &r) {
		v.err = err
		return nil
	}
	if v.strange != "" {
		return v.violation(replay.Unregistered, v.strange+": "+err.Error(), err)
	}
	return v.violation(v.findingOf(r), err.Error(), err)
}

// form checks Meta and the id of an event that follows in all else.
func (v *sight) form() *Violation {
	m := &v.f.Meta
	switch {
	case v.p.meta != nil:
		return v.violation(replay.Rule, v.p.meta.Error(), v.p.meta)
	case m.Source != v.home.Edition || m.Dialogue != v.home.Dialogue:
		return v.violation(replay.Rule, fmt.Sprintf("it belongs to edition %q and dialogue %q, not to %q and %q", v.home.Edition, v.home.Dialogue, m.Source, m.Dialogue), nil)
	}
	for _, o := range m.Observed[min(v.forward, len(m.Observed)):] { // those before were found, and are right
		if have := v.have(o.Stream); o.Version > have {
			return v.violation(replay.Rule, fmt.Sprintf("the decision says that it looked at %s, and there are %d events", o, have), nil)
		}
	}
	return v.id()
}

// have is how many events a stream has.
func (v *sight) have(name domain.StreamID) uint64 {
	if name == domain.LedgerStream {
		return v.f.Seq
	}
	return uint64(v.c.events(v.c.find(name)))
}

// id checks that the event's id follows from its command, its stream and how many events of the command stand there before it, and that no other event
// has it.
func (v *sight) id() *Violation {
	e, ordinal := v.c.book.entry(v.no), int64(0)
	if e.command == v.p.command {
		ordinal = int64(e.run)
	}
	if v.p.ordinal != ordinal && domain.NewEventID(v.f.Meta.Command, v.f.Stream, int(ordinal)) != v.f.ID {
		return v.violation(replay.Rule, fmt.Sprintf("%s is not the id of event %d of command %q in this stream", v.f.ID, ordinal, v.f.Meta.Command), nil)
	}
	if !v.c.book.ids.has(v.p.id) {
		return nil
	}
	for _, seq := range v.c.book.seqs(v.no, 0, e.events) {
		f, err := v.c.fact(v.ctx, v.no, seq)
		if err != nil {
			v.err = err
			return nil
		}
		if f.ID == v.f.ID {
			return v.violation(replay.Rule, fmt.Sprintf("record %d has the same id: command %q has written to this stream before", seq, v.f.Meta.Command), nil)
		}
	}
	return nil
}

// equal tells whether two events have the same bytes. What is deeply equal has; the other way round, an empty list may be nil.
func equal(a, b domain.Event) bool {
	switch a := a.(type) {
	case domain.BallotCast:
		b, ok := b.(domain.BallotCast)
		return ok && sameBallot(&a, &b)
	case domain.ReactionCast, domain.StatementPosted, domain.ParticipantCheckedIn: // their values compare
		return a == b
	}
	if reflect.DeepEqual(a, b) {
		return true
	}
	at, ab, aerr := domain.Encode(a)
	bt, bb, berr := domain.Encode(b)
	return aerr == nil && berr == nil && at == bt && bytes.Equal(ab, bb)
}

// difference shows the first place where the bytes of two events part.
func difference(have, want domain.Event) string {
	_, h, herr := domain.Encode(have)
	_, w, werr := domain.Encode(want)
	if herr != nil || werr != nil {
		return "one without a canonical form"
	}
	i := 0
	for i < min(len(h), len(w)) && h[i] == w[i] {
		i++
	}
	cut := func(b []byte) []byte { return b[max(0, min(i-24, len(b))):min(i+40, len(b))] }
	return fmt.Sprintf("at byte %d it says …%s…, and …%s… follows", i, cut(h), cut(w))
}
