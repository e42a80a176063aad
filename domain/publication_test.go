package domain

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const someHead = 40000 // records, more than the example's position

func askRelease(r PublicationReleased, in Edition, texts ...RecommendationState) func(Publication) ([]Event, error) {
	return func(p Publication) ([]Event, error) { return p.Release(r, in, texts, someHead, exampleTime(8, 0)) }
}

func TestRelease(t *testing.T) {
	t.Parallel()
	r := example[PublicationReleased]()
	dataset := but(r, func(r *PublicationReleased) { r.Kind, r.Dialogue = Dataset, "" })
	material := but(r, func(r *PublicationReleased) {
		r.Kind, r.Dialogue, r.Views, r.DisclosureCheck, r.LedgerPosition = MaterialPublication, "", nil, DisclosureCheck{}, 0
	})
	report := but(r, func(r *PublicationReleased) { r.DisclosureCheck = DisclosureCheck{} })
	ask := func(f func(*PublicationReleased)) func(Publication) ([]Event, error) {
		return askRelease(but(r, f), frozenEdition(), adopted())
	}
	data := func(f func(*PublicationReleased)) func(Publication) ([]Event, error) {
		return askRelease(but(dataset, f), openEdition(), adopted())
	}
	files := func(f ...ReleasedFile) func(Publication) ([]Event, error) {
		return ask(func(r *PublicationReleased) { r.Files = f })
	}
	a, b := r.Files[0], r.Files[1]
	many := make([]ReleasedFile, MaxFiles+1)
	for i := range many {
		many[i] = ReleasedFile{fmt.Sprint(i), Digest{byte(i), byte(i >> 8), 1}, "text/csv", ""}
	}
	full := but(r, func(r *PublicationReleased) { r.Files = many[:MaxFiles] })
	checkRulings(t, []ruling[Publication]{
		{"releases", nil, ask(func(*PublicationReleased) {}), nil, follows(r)},
		{"is released", follows(r), ask(func(*PublicationReleased) {}), nil, nil},
		{"is released otherwise", follows(r), ask(func(r *PublicationReleased) { r.Licence = "x" }), ErrDuplicate, nil},
		{"no id", nil, ask(func(r *PublicationReleased) { r.Publication = "" }), ErrInvalidID, nil},
		{"no edition", nil, askRelease(r, Edition{}, adopted()), ErrUnknownRef, nil},
		{"edition without a name", nil, ask(func(r *PublicationReleased) { r.Edition = "" }), ErrInvalidID, nil},
		{"another edition", nil, ask(func(r *PublicationReleased) { r.Edition = "x" }), ErrUnknownRef, nil},
		{"unknown kind", nil, ask(func(r *PublicationReleased) { r.Kind = "rumour" }), ErrInvalidField, nil},
		{"no licence", nil, ask(func(r *PublicationReleased) { r.Licence = "" }), ErrInvalidField, nil},
		{"fewer than nobody was told", nil, ask(func(r *PublicationReleased) { r.Notified = -1 }), ErrInvalidField, nil},
		{"national report of no dialogue", nil, ask(func(r *PublicationReleased) { r.Dialogue = "" }), ErrInvalidField, nil},
		{"global report of a dialogue", nil, ask(func(r *PublicationReleased) { r.Kind = GlobalReport }), ErrInvalidField, nil},
		{"at the head", nil, ask(func(r *PublicationReleased) { r.LedgerPosition = someHead }), nil, follows(but(r, func(r *PublicationReleased) { r.LedgerPosition = someHead }))},
		{"beyond the head", nil, ask(func(r *PublicationReleased) { r.LedgerPosition = someHead + 1 }), ErrUnknownRef, nil},
		{"embargo of the past", nil, ask(func(r *PublicationReleased) { r.EmbargoUntil = exampleTime(8, 0) }), ErrEmbargo, nil},
		{"no embargo", nil, ask(func(r *PublicationReleased) { r.EmbargoUntil = 0 }), nil, follows(but(r, func(r *PublicationReleased) { r.EmbargoUntil = 0 }))},
		{"text of nothing", nil, askRelease(r, frozenEdition(), RecommendationState{}), ErrUnknownRef, nil},
		{"text twice", nil, askRelease(but(r, func(r *PublicationReleased) { r.Recommendations = []RecommendationID{"rc_1", "rc_1"} }), frozenEdition(), adopted(), adopted()), ErrDuplicate, nil},

		{"most files", nil, askRelease(full, frozenEdition(), adopted()), nil, follows(full)},
		{"no files", nil, files(), ErrInvalidField, nil},
		{"too many files", nil, files(many...), ErrInvalidField, nil},
		{"file without a name", nil, files(ReleasedFile{Digest: a.Digest, MediaType: "text/csv"}), ErrInvalidID, nil},
		{"file in a folder", nil, files(but(a, func(f *ReleasedFile) { f.Name = "../a.csv" })), ErrInvalidID, nil},
		{"hidden file", nil, files(but(a, func(f *ReleasedFile) { f.Name = ".." })), ErrInvalidID, nil},
		{"file without a digest", nil, files(but(a, func(f *ReleasedFile) { f.Digest = Digest{} })), ErrChecksum, nil},
		{"file without a type", nil, files(but(a, func(f *ReleasedFile) { f.MediaType = "csv" })), ErrInvalidField, nil},
		{"file of half a type", nil, files(but(a, func(f *ReleasedFile) { f.MediaType = "text/" })), ErrInvalidField, nil},
		{"name twice", nil, files(a, but(b, func(f *ReleasedFile) { f.Name = a.Name })), ErrDuplicate, nil},
		{"content twice", nil, files(a, but(b, func(f *ReleasedFile) { f.Digest = a.Digest })), ErrDuplicate, nil},

		{"dataset", nil, data(func(*PublicationReleased) {}), nil, follows(dataset)},
		{"dataset of no views", nil, data(func(r *PublicationReleased) { r.Views = nil }), ErrInvalidField, nil},
		{"dataset of a view without a version", nil, data(func(r *PublicationReleased) { r.Views = map[string]int{"country": 0} }), ErrInvalidField, nil},
		{"dataset of a view without a name", nil, data(func(r *PublicationReleased) { r.Views = map[string]int{"": 1} }), ErrInvalidField, nil},
		{"dataset of no position", nil, data(func(r *PublicationReleased) { r.LedgerPosition = 0 }), ErrUnknownRef, nil},
		{"dataset unchecked", nil, data(func(r *PublicationReleased) { r.DisclosureCheck = DisclosureCheck{} }), ErrDisclosureRisk, nil},
		{"hidden by no rule", nil, data(func(r *PublicationReleased) { r.DisclosureCheck.Rule = "" }), ErrDisclosureRisk, nil},
		{"fewer than nothing hidden", nil, data(func(r *PublicationReleased) { r.DisclosureCheck.Suppressed = -1 }), ErrInvalidField, nil},
		{"report from views unchecked", nil, askRelease(report, frozenEdition(), adopted()), ErrDisclosureRisk, nil},
		{"report from views unchecked, without a protocol", nil, askRelease(report, openEdition(), adopted()), nil, follows(report)},
		{"material", nil, askRelease(material, frozenEdition(), adopted()), nil, follows(material)},
	})
}

func TestCorrect(t *testing.T) {
	t.Parallel()
	r, c := follows(example[PublicationReleased]()), example[PublicationCorrected]()
	ask := func(f func(*PublicationCorrected)) func(Publication) ([]Event, error) {
		return asks(Publication.Correct, but(c, f))
	}
	second := but(c, func(c *PublicationCorrected) { c.Reason = "another one" })
	checkRulings(t, []ruling[Publication]{
		{"corrects", r, asks(Publication.Correct, c), nil, follows(c)},
		{"is corrected", append(r, c), asks(Publication.Correct, c), nil, nil},
		{"corrects again", append(r, c), asks(Publication.Correct, second), nil, follows(second)},
		{"was corrected before", append(r, c, second), asks(Publication.Correct, c), nil, nil},
		{"not released", nil, asks(Publication.Correct, c), ErrUnknownRef, nil},
		{"no reason", r, ask(func(c *PublicationCorrected) { c.Reason = "" }), ErrInvalidField, nil},
		{"no erratum", r, ask(func(c *PublicationCorrected) { c.Erratum = LText{} }), ErrInvalidText, nil},
		{"no files", r, ask(func(c *PublicationCorrected) { c.Files = nil }), ErrInvalidField, nil},
		{"affects what has no name", r, ask(func(c *PublicationCorrected) { c.Affected = []string{""} }), ErrInvalidField, nil},
	})
	require.Equal(t, r[0], *Fold(Publication{}, append(r, c)...).Released(), "the original stays")
}

func TestVisible(t *testing.T) {
	t.Parallel()
	r := example[PublicationReleased]()
	p := Fold(Publication{}, r)
	require.ErrorIs(t, Publication{}.Visible(r.EmbargoUntil), ErrUnknownRef)
	require.ErrorIs(t, p.Visible(r.EmbargoUntil-1), ErrEmbargo)
	require.NoError(t, p.Visible(r.EmbargoUntil))
	require.NoError(t, Fold(Publication{}, but(r, func(r *PublicationReleased) { r.EmbargoUntil = 0 })).Visible(1))
}

func TestPublicationMachine(t *testing.T) {
	t.Parallel()
	checkMachine(t, [][]Event{nil, follows(example[PublicationReleased]())}, map[string]draw[Publication]{
		"release": func(t *rapid.T) func(Publication) ([]Event, error) {
			r := but(example[PublicationReleased](), func(r *PublicationReleased) {
				r.Licence, r.LedgerPosition = pick(t, "licence", "", "a", "b"), uint64(pick(t, "position", 1, someHead, someHead+1))
			})
			return askRelease(r, frozenEdition(), pick(t, "text", adopted(), adopted(), RecommendationState{}))
		},
		"correct": func(t *rapid.T) func(Publication) ([]Event, error) {
			return asks(Publication.Correct, but(example[PublicationCorrected](), func(c *PublicationCorrected) { c.Reason = pick(t, "reason", "", "a", "b") }))
		},
	})
}
