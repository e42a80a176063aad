package domain

import "crypto/sha256"

// ViewsStream is the stream of all commitments to views. A ledger has one: they are about all that is in it.
const ViewsStream StreamID = "views"

// CommittedViews is the state of the views' stream.
type CommittedViews struct {
	last *ViewsCommitted
}

// Evolve folds one event.
func (v CommittedViews) Evolve(ev Event) CommittedViews {
	if e, ok := ev.(ViewsCommitted); ok {
		v.last = &e
	}
	return v
}

// Last is the latest commitment, nil before the first.
func (v CommittedViews) Last() *ViewsCommitted { return v.last }

// EmptyRoot is the root of a view without documents: the hash of nothing (RFC 6962 2.1).
var EmptyRoot = Digest(sha256.Sum256(nil))

// Commit holds the documents of all views to the first Size records; head is how many of them the ledger has been seen to hold. Commitments go forward: so
// each is about another place, and nobody commits twice to one. That the roots are those of the record is not decided here: whoever folds the record
// sees it.
func (v CommittedViews) Commit(c ViewsCommitted, head uint64) ([]Event, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	switch {
	case c.Size > head:
		return nil, reject(ErrUnknownRef, "the ledger has %d records, not %d", head, c.Size)
	case v.last == nil:
	case same(*v.last, c):
		return nil, nil
	case v.last.Size == c.Size:
		return nil, reject(ErrDuplicate, "other roots of the first %d records are committed", c.Size)
	case v.last.Size > c.Size:
		return nil, reject(ErrSuperseded, "the roots of %d records are committed; those of %d come too late", v.last.Size, c.Size)
	}
	return []Event{c}, nil
}

func (c ViewsCommitted) check() error {
	if c.Size == 0 || len(c.Views) == 0 {
		return reject(ErrInvalidField, "a commitment is about one record at least, and one view")
	}
	for i, r := range c.Views {
		switch err := CheckID("view", r.View); {
		case err != nil:
			return err
		case i > 0 && r.View == c.Views[i-1].View:
			return reject(ErrDuplicate, "view %s stands twice", r.View)
		case i > 0 && r.View < c.Views[i-1].View:
			return reject(ErrInvalidField, "view %s stands after %s; views stand by name", r.View, c.Views[i-1].View)
		case r.Version < 1 || r.Count < 0:
			return reject(ErrInvalidField, "view %s has a version from 1 on, and no negative number of documents", r.View)
		case r.Root == Digest{} || (r.Count == 0) != (r.Root == EmptyRoot):
			return reject(ErrChecksum, "the root of view %s is not one of %d documents", r.View, r.Count)
		}
	}
	return nil
}
