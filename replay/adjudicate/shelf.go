package adjudicate

import (
	"context"
	"slices"

	"daybook.internal/domain"
)

// A shelf keeps the folds of the streams of one family that were looked at lately, each in its last few versions. What it keeps is the state of a stream at
// a version, which is true for ever. It is bounded: when one generation is full, the one before it is forgotten, and what is asked for again is
// folded from Past.
type shelf[S domain.State[S]] struct {
	young, old map[uint32]*kept[S]
	last       *kept[S] // the one that was asked for last: neighbours in a record ask for the same
	lastNo     uint32
	limit      int // of a generation, in streams
	recent     int // how many versions of a stream are kept
}

// kept is a stream in its last versions, ascending.
type kept[S any] struct{ versions []folded[S] }

// folded is a stream after n events.
type folded[S any] struct {
	n       uint32
	state   S
	known   domain.KnownSource
	brought []domain.EditionID // of an artefact: which edition brought each version
}

// anyShelf is what shelves have in common.
type anyShelf interface {
	kept() int
	drop(no uint32)
	evolve(no, before uint32, f *domain.Fact)
	source(ctx context.Context, c *Court, no, n uint32) (domain.KnownSource, error)
}

func (s *shelf[S]) open(limit, recent int) *shelf[S] {
	s.limit, s.recent, s.young = max(limit/2, 1), recent, map[uint32]*kept[S]{}
	return s
}

func (x folded[S]) with(f *domain.Fact, evolve func(S, domain.Event) S) folded[S] {
	x.n, x.state, x.known = x.n+1, evolve(x.state, f.Event), x.known.See(*f)
	if _, ok := f.Event.(domain.ArtefactVersionAdded); ok {
		x.brought = append(x.brought[:len(x.brought):len(x.brought)], f.Meta.Source)
	}
	return x
}

func evolve[S domain.State[S]](s S, e domain.Event) S { return s.Evolve(e) }

// get finds a stream in either generation.
func (s *shelf[S]) get(no uint32) *kept[S] {
	if s.last != nil && s.lastNo == no {
		return s.last
	}
	k, ok := s.young[no]
	if !ok {
		if k = s.old[no]; k != nil {
			s.put(no, k)
		}
	}
	if k != nil {
		s.last, s.lastNo = k, no
	}
	return k
}

func (s *shelf[S]) put(no uint32, k *kept[S]) {
	if len(s.young) >= s.limit {
		s.old, s.young = s.young, make(map[uint32]*kept[S], s.limit/8)
	}
	s.young[no] = k
	s.last, s.lastNo = k, no
}

// kept is how many streams there are on it.
func (s *shelf[S]) kept() int {
	n := len(s.young)
	for no := range s.old {
		if _, both := s.young[no]; !both {
			n++
		}
	}
	return n
}

func (s *shelf[S]) drop(no uint32) {
	s.last = nil
	delete(s.young, no)
	delete(s.old, no)
}

// push keeps the next version of a stream.
func (s *shelf[S]) push(k *kept[S], v folded[S]) {
	if len(k.versions) >= s.recent {
		k.versions = slices.Delete(k.versions, 0, len(k.versions)-s.recent+1)
	}
	k.versions = append(k.versions, v)
}

// at is a stream after n events, of which it has at least as many. What it gives is not to be changed, and good until something else is asked for.
func (s *shelf[S]) at(ctx context.Context, c *Court, no, n uint32) (*folded[S], error) {
	k := s.get(no)
	if k == nil {
		return s.fold(ctx, c, no, n, nil)
	}
	for i := len(k.versions) - 1; i >= 0; i-- {
		if k.versions[i].n == n {
			return &k.versions[i], nil
		}
	}
	return s.fold(ctx, c, no, n, k)
}

// fold reads of a stream what is not kept of it.
func (s *shelf[S]) fold(ctx context.Context, c *Court, no, n uint32, k *kept[S]) (*folded[S], error) {
	from := new(folded[S])
	if k != nil {
		for _, have := range k.versions {
			if have.n < n {
				*from = have
			}
		}
	}
	for _, seq := range c.book.seqs(no, from.n, n) {
		f, err := c.fact(ctx, no, seq)
		if err != nil {
			return nil, err
		}
		*from = from.with(c.kept(&f, c.book.entry(no).family), evolve[S])
	}
	switch {
	case n == 0:
	case k == nil:
		s.put(no, &kept[S]{[]folded[S]{*from}})
	case k.versions[len(k.versions)-1].n < n:
		s.push(k, *from)
	}
	return from, nil
}

// evolve keeps up with a stream that had before events, if it is kept or begins.
func (s *shelf[S]) evolve(no, before uint32, f *domain.Fact) {
	switch k := s.get(no); {
	case before == 0:
		s.put(no, &kept[S]{[]folded[S]{folded[S]{}.with(f, evolve[S])}})
	case k == nil:
	case k.versions[len(k.versions)-1].n == before:
		s.push(k, k.versions[len(k.versions)-1].with(f, evolve[S]))
	default:
		s.drop(no)
	}
}

// source is what can be known of a stream after n events by those who cite it.
func (s *shelf[S]) source(ctx context.Context, c *Court, no, n uint32) (domain.KnownSource, error) {
	x, err := s.at(ctx, c, no, n)
	if err != nil {
		return domain.KnownSource{}, err
	}
	return x.known, nil
}
