package commands

import (
	"fmt"

	"daybook.internal/domain"
)

// peeks shows the state of the stream that the command itself will write to. The decision gets it anew, under the lock of its version, so that it is not
// noted as observed; what is read here only says where else to look.
func peeks[S domain.State[S]](v *sight, stream domain.StreamID) (state S) {
	if v.err != nil {
		return state
	}
	state, _, v.err = loadWith[S](v.ctx, v.s, stream)
	return state
}

// artefacts shows the artefacts that are referred to, each once. A reference to none shows none.
func (v *sight) artefacts(refs ...domain.ArtefactRef) map[domain.ArtefactID]domain.Artefact {
	shown := map[domain.ArtefactID]domain.Artefact{}
	for _, r := range refs {
		if _, seen := shown[r.ID]; !seen && r.ID != "" {
			shown[r.ID] = v.artefact(r.ID)
		}
	}
	return shown
}

// each shows the facts of a stream from a revision on, until show says that it has seen enough, and gives the number of those it has read.
func (v *sight) each(stream domain.StreamID, from uint64, show func(domain.Fact) (more bool)) (n uint64) {
	if v.err != nil {
		return 0
	}
	for r, err := range v.s.Ledger.Stream(v.ctx, stream, from) {
		if err != nil {
			v.err = fmt.Errorf("load %s: %w", stream, err)
			return n
		}
		f, err := r.Decode()
		if err != nil {
			v.err = fmt.Errorf("load %s: %w", stream, err)
			return n
		}
		if n++; !show(f) {
			return n
		}
	}
	return n
}

// begins tells whether a stream has any event.
func (v *sight) begins(stream domain.StreamID) bool {
	_, ok := v.opening(stream)
	if ok {
		v.note(domain.Ref{Stream: stream, Version: 1})
	}
	return ok
}

// opening is the Meta of the first event of a stream. It never changes and is not noted.
func (v *sight) opening(stream domain.StreamID) (m domain.Meta, ok bool) {
	v.each(stream, 0, func(f domain.Fact) bool {
		m, ok = f.Meta, true
		return false
	})
	return m, ok
}

// cited shows what the record holds of each stream that is referred to. A stream of another edition is domain.ErrUnknownRef.
func (v *sight) cited(in domain.EditionID, refs []domain.Ref) []domain.Cited {
	shown := make([]domain.Cited, len(refs))
	for i, r := range refs {
		shown[i].Version = v.each(r.Stream, 0, func(f domain.Fact) bool {
			if f.Revision == 0 {
				if shown[i].Dialogue = f.Meta.Dialogue; f.Meta.Source != in {
					v.refuse(domain.Reject(domain.ErrUnknownRef, "%s belongs to edition %s", r, f.Meta.Source))
				}
			}
			return true
		})
		if shown[i].Version > 0 {
			v.note(domain.Ref{Stream: r.Stream, Version: shown[i].Version})
		}
	}
	return shown
}

// day is when a command happens, as far as agreements and trainings are concerned.
func (s *Service) day(by By) domain.Date {
	if by.OccurredAt != 0 {
		return by.OccurredAt.Date()
	}
	return domain.TimeOf(s.Now()).Date()
}
