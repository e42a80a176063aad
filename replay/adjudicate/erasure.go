package adjudicate

import "daybook.internal/domain"

// eraseWords takes at its word that the vault had the opening.
func (v *sight) eraseWords(e domain.WordsErased) ([]domain.Event, error) {
	s, kept := v.c.find(e.In.Stream), domain.Kept{Opening: true}
	n := v.version(s.name, v.c.events(s))
	if kept.At = v.cite(s, e.In.Version, n); v.err != nil || kept.At.Event == nil {
		return nil, domain.Reject(domain.ErrUnknownRef, "%s: there is no such event", e.In)
	}
	v.belongs(kept.At.Meta.Source, kept.At.Meta.Dialogue)
	if _, told := kept.At.Event.(domain.ParticipantRegistered); told {
		kept.Of = seen(v, &v.c.participants, s, n)
	}
	return own(v, &v.c.erasures).Erase(e, kept)
}

// cite reads the event that brought a stream to a version, of which the decision saw n events. It is zero where there is none.
func (v *sight) cite(s at, version uint64, n uint32) (f domain.Fact) {
	if version == 0 || version > uint64(n) || v.err != nil {
		return f
	}
	seq := v.c.book.seqs(s.no, uint32(version)-1, uint32(version))[0]
	f, v.err = v.c.fact(v.ctx, s.no, seq)
	return f
}
