package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestImportRecord(t *testing.T) {
	t.Parallel()
	r := example[ImportRecorded]()
	ask := func(f func(*ImportRecorded)) func(Import) ([]Event, error) { return asks(Import.Record, but(r, f)) }
	checkRulings(t, []ruling[Import]{
		{"records", nil, asks(Import.Record, r), nil, follows(r)},
		{"is recorded", follows(r), asks(Import.Record, r), nil, nil},
		{"is recorded, fetched again", follows(r), ask(func(r *ImportRecorded) { r.Source.RetrievedAt++ }), nil, nil},
		{"is recorded as another conversation", follows(r), ask(func(r *ImportRecorded) { r.Conversation = "c" }), ErrDuplicate, nil},
		{"no digest", nil, ask(func(r *ImportRecorded) { r.Source.Digest = Digest{} }), ErrChecksum, nil},
		{"id of another source", nil, ask(func(r *ImportRecorded) { r.Source.Digest[0]++ }), ErrChecksum, nil},
		{"id of another mapping", nil, ask(func(r *ImportRecorded) { r.Mapping.Version++ }), ErrChecksum, nil},
		{"no conversation", nil, ask(func(r *ImportRecorded) { r.Conversation = "" }), ErrInvalidID, nil},
	})
	require.Equal(t, &r, Fold(Import{}, r).Recorded())
}

func TestImportID(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte(`{"digest":"` + exampleDigest(10).String() + `","mapping":{"name":"polis-export","version":1}}`))
	require.Equal(t, hex.EncodeToString(sum[:16]), string(NewImportID(exampleDigest(10), Mapping{"polis-export", 1})))
}
