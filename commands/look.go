package commands

import (
	"context"

	"daybook.internal/domain"
)

// A sight is what a command looks at besides the stream that it writes to. It notes the version of every stream that it shows, for Meta.Observed, and
// keeps the first error: after one, everything it shows is empty.
type sight struct {
	ctx      context.Context
	s        *Service
	observed domain.Observed
	was      domain.Observed // what the command looked at when it was sent before; see backTo
	placed   bool            // the command has looked at the whole ledger
	at       uint64          // as it was at this place
	counts   map[domain.DialogueID]*roomIndex
	err      error
}

// look begins a sight.
func (s *Service) look(ctx context.Context) *sight { return &sight{ctx: ctx, s: s} }

// sees shows the state of a stream: what is shown twice is shown as it was.
func sees[S domain.State[S]](v *sight, stream domain.StreamID) (state S) {
	if v.err != nil {
		return state
	}
	version, again := v.then(stream)
	if !again {
		version, again = v.noted(stream)
	}
	state, now, err := loadWith[S](v.ctx, v.s, stream)
	switch {
	case err != nil:
		v.err = err
	case !again:
		version = now
	case version != now:
		state = foldTo[S](v, stream, version)
	}
	if v.err == nil {
		v.note(domain.Ref{Stream: stream, Version: version})
	}
	return state
}

// note puts a stream into Observed, once.
func (v *sight) note(r domain.Ref) {
	if _, seen := v.noted(r.Stream); !seen {
		v.observed = append(v.observed, r)
	}
}

// noted is the version in which a stream was shown.
func (v *sight) noted(stream domain.StreamID) (version uint64, seen bool) {
	for _, have := range v.observed {
		if have.Stream == stream {
			return have.Version, true
		}
	}
	return 0, false
}

// refuse keeps a rejection as the error of the sight, unless there is one.
func (v *sight) refuse(err error) {
	if v.err == nil {
		v.err = err
	}
}

// edition shows an edition; one that is not open is domain.ErrUnknownRef.
func (v *sight) edition(id domain.EditionID) domain.Edition {
	e := sees[domain.Edition](v, domain.EditionStream(id))
	if v.err == nil && !e.IsOpen() {
		v.refuse(domain.Reject(domain.ErrUnknownRef, "edition %q is not open", id))
	}
	return e
}

// dialogue shows a dialogue; one that is not registered is domain.ErrUnknownRef.
func (v *sight) dialogue(id domain.DialogueID) domain.Dialogue {
	d := sees[domain.Dialogue](v, domain.DialogueStream(id))
	if v.err == nil && d.Registered() == nil {
		v.refuse(domain.Reject(domain.ErrUnknownRef, "dialogue %q is not registered", id))
	}
	return d
}

// editionOf shows the edition of a dialogue.
func (v *sight) editionOf(d domain.Dialogue) domain.Edition {
	if v.err != nil {
		return domain.Edition{}
	}
	return v.edition(d.Registered().Edition)
}

func (v *sight) artefact(id domain.ArtefactID) domain.Artefact {
	return sees[domain.Artefact](v, domain.ArtefactStream(id))
}

// partner shows a partner; where its partnership has ended, the one that took over.
func (v *sight) partner(e domain.EditionID, id domain.PartnerID) domain.Partner {
	for range maxSuccessors {
		p := sees[domain.Partner](v, domain.PartnerStream(e, id))
		end := p.Ended()
		if end == nil || end.ReassignTo == "" {
			return p
		}
		id = end.ReassignTo
	}
	v.refuse(domain.Reject(domain.ErrCycle, "more than %d partners followed one another", maxSuccessors))
	return domain.Partner{}
}

// maxSuccessors is how often a partnership is handed on.
const maxSuccessors = 20

// execute decides on stream with everything that v has shown in Observed. The decision itself is in edition and, unless it is empty, in dialogue.
func execute[S domain.State[S]](v *sight, by By, stream domain.StreamID, edition domain.EditionID, dialogue domain.DialogueID, decide func(S) ([]domain.Event, error)) (Receipt, error) {
	if v.err != nil {
		return Receipt{}, v.err
	}
	return executeWith(v.ctx, v.s.Ledger, &v.s.states, stream, v.s.meta(by, edition, dialogue, v.observed...), decide)
}
