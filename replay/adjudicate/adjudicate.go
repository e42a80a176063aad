// Package adjudicate decides again: every event of a record must be what the rules make of the state before it. A Court is given the events in ledger order
// and asks of each whether the command that wrote it, deciding on the event's own stream as it stood and on the streams that its Meta says it looked
// at (Observed), would have written these bytes. What does not follow is a *Violation under the name of a finding (package replay).
//
// The rule that it keeps: nothing but the record is believed. docs/adjudication.md lists what the record cannot tell, and is taken at its word.
package adjudicate

import (
	"context"
	"fmt"
	"hash/maphash"
	"math"

	"daybook.internal/domain"
)

// Past gives back records that were judged before: a Court keeps states within bounds and folds again what it let go of. It must give the very bytes that
// were judged; where they may have changed since, Past checks them.
type Past interface {
	Record(ctx context.Context, seq uint64) (domain.Record, error)
}

// maxLately is how many events a batch has at most that is kept a while: the caller's are not kept alive in any number.
const maxLately = 512

// Options bound a Court. The zero value is right for an auditor's machine.
type Options struct {
	// Streams is about how many streams of each family are kept folded; 0 stands for DefaultStreams. Fewer take less memory and ask Past more often. It
	// changes no verdict.
	Streams int
}

// DefaultStreams keeps what is live of an edition of ten million events; with what is known of each event and stream, a court of it takes about 1 GB.
const DefaultStreams = 1 << 18

// A Violation is an event that does not follow from what stands before it.
type Violation struct {
	Finding string // one of the names in package replay
	Seq     uint64
	Stream  domain.StreamID
	Type    string
	Detail  string // in words, with the rule that rejects it where one does
	Err     error  // the rejection; nil where the rules give another event, or the event stands where it cannot
}

func (v *Violation) Error() string {
	return fmt.Sprintf("%s: record %d (%s) %s: %s", v.Finding, v.Seq, v.Stream, v.Type, v.Detail)
}

// Unwrap gives the rejection.
func (v *Violation) Unwrap() error { return v.Err }

// A Court judges one record. Prepare may be called by many at once; Try and Judge belong to one goroutine.
type Court struct {
	past     Past
	thorough bool // every stream is folded whole, for tests
	seeds    [2]maphash.Seed
	next     uint64 // the Seq that comes next
	damaged  bool   // something did not follow
	book     book
	index    index
	shown    shownSets
	imports  map[domain.ConversationID]*imported
	places   places
	sight    sight // of the event that is judged, reused
	decided  [1]domain.Event
	lately   [16]Batch // what Try was given last: most of what is looked at again is not old
	lean     lean
	keeps    domain.Fact // the last event that was made lean, reused

	editions        shelf[domain.Edition]
	partners        shelf[domain.Partner]
	artefacts       shelf[domain.Artefact]
	dialogues       shelf[domain.Dialogue]
	sortitions      shelf[domain.SortitionState]
	participants    shelf[domain.ParticipantState]
	tables          shelf[domain.Table]
	ballots         shelf[domain.Ballot] // of streams in which something does not follow; for the others see votes.go
	tallies         shelf[domain.Tally]
	statements      shelf[domain.Statement]
	reactions       shelf[domain.Reactions] // as ballots
	codings         shelf[domain.Coding]
	recommendations shelf[domain.RecommendationState]
	syntheses       shelf[domain.Synthesis]
	submissions     shelf[domain.Submission]
	publications    shelf[domain.Publication]
	audits          shelf[domain.Audit]
	erasures        shelf[domain.Erasure]
	importing       shelf[domain.Import]
	views           shelf[domain.CommittedViews]
	byFamily        [families]anyShelf
}

// New opens a court on an empty record.
func New(past Past, o Options) *Court {
	if o.Streams == 0 {
		o.Streams = DefaultStreams
	}
	c := &Court{past: past, seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, imports: map[domain.ConversationID]*imported{}}
	c.book.open()
	c.index.open()
	c.shown.open()
	c.places.open()
	c.openShelves(o.Streams)
	return c
}

// A Batch is facts with what can be found out about each without knowing any other.
type Batch struct {
	facts    []domain.Fact
	prepared []prepared
}

// Prepare does the part of judging that needs no state: hashing names and ids, and checking the signatures of ballots. It may be called by many goroutines at once, in any order, also while
// others are judged. The facts must not change afterwards; whoever folds them into views may read them at the same time.
func (c *Court) Prepare(facts []domain.Fact) Batch {
	b := Batch{facts, make([]prepared, len(facts))}
	for i := range facts {
		b.prepared[i] = c.prepare(&facts[i])
	}
	return b
}

// Try judges a batch, which begins where the one before it ended, and tells found of every violation; the court goes on with what is recorded as fact. An
// error says that it could not be decided whether an event follows: of ctx, of Past, or because the facts are not those that come next. Nothing can be
// judged after it.
func (c *Court) Try(ctx context.Context, b Batch, found func(*Violation)) error {
	if len(b.facts) > 0 && len(b.facts) <= maxLately {
		copy(c.lately[1:], c.lately[:])
		c.lately[0] = b
	}
	for i := range b.facts {
		v, err := c.judge(ctx, &b.facts[i], &b.prepared[i])
		if err != nil {
			return err
		}
		if v != nil {
			found(v)
		}
	}
	return nil
}

// Judge is Prepare and Try of one fact: nil where it follows, a *Violation where it does not, any other error where that could not be decided.
func (c *Court) Judge(ctx context.Context, f domain.Fact) error {
	p := c.prepare(&f)
	v, err := c.judge(ctx, &f, &p)
	if err == nil && v != nil {
		return v
	}
	return err
}

// judge judges one fact and takes it up.
func (c *Court) judge(ctx context.Context, f *domain.Fact, p *prepared) (*Violation, error) {
	if f.Seq != c.next || f.Seq >= math.MaxUint32 {
		return nil, fmt.Errorf("record %d cannot be judged where record %d comes next", f.Seq, c.next)
	}
	v := &c.sight
	v.begin(ctx, c, f, p)
	violation := v.judgeSafely()
	if v.err != nil {
		return nil, fmt.Errorf("record %d (%s): %w", f.Seq, f.Stream, v.err)
	}
	if violation != nil {
		c.damaged = true
	}
	c.take(f, p, v.no, violation != nil)
	return violation, nil
}

// take makes an event part of the state.
func (c *Court) take(f *domain.Fact, p *prepared, no uint32, odd bool) {
	e := c.book.entry(no)
	before := e.events
	switch {
	case before == 0:
		e.family, e.home = p.family, c.book.homeOf(f.Meta)
	case e.family != p.family: // what the one family knows of the stream, the other does not
		c.byFamily[e.family].drop(no)
		c.byFamily[p.family].drop(no)
		odd = true
	}
	e.odd = e.odd || odd || c.thorough
	about, said := c.vote(f, e)
	c.book.add(no, p, uint32(f.Seq), about, said)
	if !p.family.derived() || e.odd {
		c.byFamily[p.family].evolve(no, before, c.kept(f, p.family))
	}
	c.index.fold(f, c.sight.answer)
	c.countImport(f, before)
	c.next++
}

// kept is an event as it is kept in a state: with nothing of its record's meta, and where there are many like it, with nothing of its data.
func (c *Court) kept(f *domain.Fact, of family) *domain.Fact {
	c.keeps = domain.Fact{Seq: f.Seq, Revision: f.Revision, ID: f.ID, Event: f.Event}
	if of == participantFamily || of == tableFamily || of == statementFamily {
		c.keeps.Event = c.lean.event(f.Event)
	}
	c.keeps.Meta = domain.Meta{Source: domain.EditionID(c.lean.word(string(f.Meta.Source))), Dialogue: domain.DialogueID(c.lean.word(string(f.Meta.Dialogue)))}
	return &c.keeps
}

// fact reads an event again that was judged before.
func (c *Court) fact(ctx context.Context, no, seq uint32) (domain.Fact, error) {
	for i := range c.lately {
		if facts := c.lately[i].facts; len(facts) > 0 && facts[0].Seq <= uint64(seq) && uint64(seq) < facts[0].Seq+uint64(len(facts)) && uint64(seq) < c.next {
			return facts[uint64(seq)-facts[0].Seq], nil
		}
	}
	r, err := c.record(ctx, uint64(seq))
	if err != nil {
		return domain.Fact{}, err
	}
	if have, ok := c.book.find(c.fingerprint(r.Stream)); !ok || have != no {
		return domain.Fact{}, fmt.Errorf("read record %d again: it stands in %s now", seq, r.Stream)
	}
	f, err := r.Decode()
	if err != nil {
		return domain.Fact{}, fmt.Errorf("read record %d again: %w", seq, err)
	}
	return f, nil
}

// record reads a record again.
func (c *Court) record(ctx context.Context, seq uint64) (domain.Record, error) {
	r, err := c.past.Record(ctx, seq)
	if err == nil && r.Seq != seq {
		err = fmt.Errorf("it is record %d now", r.Seq)
	}
	if err != nil {
		err = fmt.Errorf("read record %d again: %w", seq, err)
	}
	return r, err
}

// violation is one of the event in sight.
func (v *sight) violation(finding, detail string, err error) *Violation {
	return &Violation{Finding: finding, Seq: v.f.Seq, Stream: v.f.Stream, Type: domain.TypeOf(v.f.Event), Detail: detail, Err: err}
}
