package adjudicate

import "daybook.internal/domain"

// eraseWords takes at its word that the vault had the opening.
func (v *sight) eraseWords(e domain.WordsErased) ([]domain.Event, error) {
	s := v.c.find(e.In.Stream)
	h := v.homeOf(s)
	v.belongs(h.Edition, h.Dialogue)
	kept := domain.Kept{Opening: true}
	n := v.version(s.name, v.c.events(s))
	if e.In.Version > 0 && e.In.Version <= uint64(n) && v.err == nil {
		seq := v.c.book.seqs(s.no, uint32(e.In.Version)-1, uint32(e.In.Version))[0]
		if kept.At, v.err = v.c.fact(v.ctx, s.no, seq); v.err != nil {
			return nil, nil
		}
		if r, ok := kept.At.Event.(domain.ParticipantRegistered); ok {
			_ = r
			kept.Of = seen(v, &v.c.participants, s, n)
		}
	}
	return own(v, &v.c.erasures).Erase(e, kept)
}
