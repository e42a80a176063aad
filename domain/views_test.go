package domain

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestViewsCommitted(t *testing.T) {
	t.Parallel()
	c := example[ViewsCommitted]()
	later := but(c, func(c *ViewsCommitted) { c.Size += 12 })
	at := func(head uint64, change func(*ViewsCommitted)) func(CommittedViews) ([]Event, error) {
		return func(v CommittedViews) ([]Event, error) {
			asked := c
			asked.Views = append([]ViewRoot{}, c.Views...)
			change(&asked)
			return v.Commit(asked, head)
		}
	}
	as := func(*ViewsCommitted) {}
	checkRulings(t, []ruling[CommittedViews]{
		{"commits", nil, at(c.Size, as), nil, follows(c)},
		{"the ledger went on meanwhile", nil, at(c.Size+5, as), nil, follows(c)},
		{"is committed", follows(c), at(c.Size+5, as), nil, nil},
		{"nothing has changed since", follows(c), at(later.Size, func(c *ViewsCommitted) { c.Size = later.Size }), nil, follows(later)},
		{"beyond the ledger", nil, at(c.Size-1, as), ErrUnknownRef, nil},
		{"another root of the same place", follows(c), at(c.Size, func(c *ViewsCommitted) { c.Views[0].Root[0]++ }), ErrDuplicate, nil},
		{"fewer views of the same place", follows(c), at(c.Size, func(c *ViewsCommitted) { c.Views = c.Views[:1] }), ErrDuplicate, nil},
		{"an earlier place", follows(c, later), at(later.Size, as), ErrSuperseded, nil},
		{"nothing at all", nil, at(9, func(c *ViewsCommitted) { c.Size = 0 }), ErrInvalidField, nil},
		{"no views", nil, at(c.Size, func(c *ViewsCommitted) { c.Views = nil }), ErrInvalidField, nil},
		{"a view twice", nil, at(c.Size, func(c *ViewsCommitted) { c.Views[1] = c.Views[0] }), ErrDuplicate, nil},
		{"views in disorder", nil, at(c.Size, func(c *ViewsCommitted) { c.Views[0], c.Views[1] = c.Views[1], c.Views[0] }), ErrInvalidField, nil},
		{"a view without a name", nil, at(c.Size, func(c *ViewsCommitted) { c.Views[0].View = "" }), ErrInvalidID, nil},
		{"no version", nil, at(c.Size, func(c *ViewsCommitted) { c.Views[1].Version = 0 }), ErrInvalidField, nil},
		{"fewer than no documents", nil, at(c.Size, func(c *ViewsCommitted) { c.Views[1].Count = -1 }), ErrInvalidField, nil},
		{"no root", nil, at(c.Size, func(c *ViewsCommitted) { c.Views[1].Root = Digest{} }), ErrChecksum, nil},
		{"the root of nothing over something", nil, at(c.Size, func(c *ViewsCommitted) { c.Views[1].Root = EmptyRoot }), ErrChecksum, nil},
		{"a root over nothing", nil, at(c.Size, func(c *ViewsCommitted) { c.Views[1].Count = 0 }), ErrChecksum, nil},
	})
	empty := but(c, func(c *ViewsCommitted) { c.Views = []ViewRoot{{"tally", 1, 0, EmptyRoot}} })
	events, err := CommittedViews{}.Commit(empty, c.Size)
	require.NoError(t, err)
	require.Equal(t, follows(empty), events)
	require.Nil(t, CommittedViews{}.Last())
	require.Equal(t, &later, Fold(CommittedViews{}, c, later).Last())
	require.Equal(t, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", EmptyRoot.String(), "SHA-256 of nothing")
}
