package verify

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"

	"daybook.internal/domain"
	"daybook.internal/replay"
)

// openings compares commitments with their openings. Those come in the order of the commitments, so that none are held; a commitment whose opening is not
// next is held until it comes out of order, or until its erasure is declared.
type openings struct {
	*runner
	file   io.Closer
	next   func() (opening, error, bool)
	stop   func()
	have   opening // the next one
	more   bool
	missed map[place]promise
	erased domain.Erased
	failed string

	opened, gone, foreign uint64
}

// maxMissed is how many commitments without an opening are held.
const maxMissed = 2_000_000

type place struct {
	event domain.EventID
	field string
}

type promise struct {
	stream   domain.StreamID
	seq      uint64
	revision uint64
	domain.Commitment
}

// opening is a line of an annex: {"event","field","salt","words"}.
type opening struct {
	place
	salt  domain.Salt
	words []byte
}

func newOpenings(r *runner) *openings { return &openings{runner: r, missed: map[place]promise{}} }

func (o *openings) checks() []string { return []string{checkOpenings} }

func (o *openings) begin() {
	if o.next != nil || o.failed != "" {
		return
	}
	f, err := o.Annex()
	if err != nil {
		o.failed = err.Error()
		return
	}
	o.file = f
	o.next, o.stop = iter.Pull2(parseAnnex(f))
	o.advance()
}

func (o *openings) advance() {
	var err error
	if o.have, err, o.more = o.next(); o.more && err != nil {
		o.failed, o.more = err.Error(), false
	}
}

func (o *openings) take(_ context.Context, b *batch) {
	if o.Annex == nil {
		return
	}
	o.begin()
	for i := range b.facts {
		f := &b.facts[i]
		o.erased.See(f.Event)
		for field, c := range domain.Commitments(f.Event) {
			at, p := place{f.ID, field}, promise{f.Stream, f.Seq, f.Revision, c}
			switch {
			case o.failed != "":
				return
			case o.more && o.have.place == at:
				o.compare(o.have, p)
				o.advance()
			case len(o.missed) == maxMissed:
				o.failed = fmt.Sprintf("the openings of more than %d commitments are not there; are these the openings of this log?", maxMissed)
			default:
				o.missed[at] = p
			}
		}
	}
}

func (o *openings) compare(have opening, p promise) {
	o.opened++
	if domain.Commit(have.salt, have.event, have.field, have.words) != p.Commitment {
		o.find(checkOpenings, replay.OpeningMissing, o.where(have.place, p), "the words are not those that were committed to")
	}
}

func (o *openings) where(at place, p promise) string {
	return nameAt(p.seq, p.stream, p.revision) + " " + at.field
}

func (o *openings) end(_ context.Context, why string) {
	if o.Annex == nil {
		o.notAsked(checkOpenings, "no --annex was given")
		return
	}
	o.begin()
	if o.file != nil {
		defer o.file.Close()
		defer o.stop()
	}
	for ; o.more && o.failed == ""; o.advance() { // what is left did not stand in the order of the log
		if p, ok := o.missed[o.have.place]; ok {
			o.compare(o.have, p)
			delete(o.missed, o.have.place)
		} else {
			o.foreign++
		}
	}
	o.count(checkOpenings, o.opened)
	if o.failed != "" {
		why = o.failed
	}
	if why != "" {
		o.notDone(checkOpenings, "%s", why)
		return
	}
	for _, m := range sorted(o.missed) {
		if o.erased.Declares(m.stream, m.event, m.field) {
			o.gone++
			continue
		}
		o.find(checkOpenings, replay.OpeningMissing, o.where(m.place, m.promise), "its words are missing, and no erasure is declared")
	}
	detail := fmt.Sprintf("%d opened, %d erased and declared", o.opened, o.gone)
	if o.foreign > 0 {
		detail += fmt.Sprintf("; %d openings are of nothing in this log", o.foreign)
	}
	o.passed(checkOpenings, "%s", detail)
}

type miss struct {
	place
	promise
}

// sorted are commitments in the order of the log.
func sorted(missed map[place]promise) []miss {
	all := make([]miss, 0, len(missed))
	for at, p := range missed {
		all = append(all, miss{at, p})
	}
	slices.SortFunc(all, func(a, b miss) int { return cmp.Or(cmp.Compare(a.seq, b.seq), cmp.Compare(a.field, b.field)) })
	return all
}

// parseAnnex reads openings, a line each.
func parseAnnex(r io.Reader) iter.Seq2[opening, error] {
	return func(yield func(opening, error) bool) {
		n := 0
		for line, err := range linesOf(r) {
			n++
			var o opening
			if err == nil {
				o, err = parseOpening(line)
			}
			if err != nil {
				yield(o, fmt.Errorf("openings, line %d: %w", n, err))
				return
			}
			if !yield(o, nil) {
				return
			}
		}
	}
}

func parseOpening(line []byte) (opening, error) {
	var in struct {
		Event *domain.EventID    `json:"event"`
		Field string             `json:"field"`
		Salt  *domain.Commitment `json:"salt"` // has the form of one
		Words *string            `json:"words"`
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return opening{}, fmt.Errorf("%w: %w", errForm, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return opening{}, fmt.Errorf("%w: something stands behind the object", errForm)
	}
	if in.Event == nil || in.Field == "" || in.Salt == nil || in.Words == nil {
		return opening{}, fmt.Errorf("%w: it has an event, a field, a salt and words", errForm)
	}
	return opening{place{*in.Event, in.Field}, domain.Salt(*in.Salt), []byte(*in.Words)}, nil
}
