package domain

import (
	"slices"
	"strings"
)

// PublicationStream is the stream of one publication.
func PublicationStream(id PublicationID) StreamID { return StreamName("publication", string(id)) }

// Publication is the state of one publication's stream.
type Publication struct {
	released    *PublicationReleased
	corrections []PublicationCorrected
}

// Evolve folds one event.
func (p Publication) Evolve(ev Event) Publication {
	switch ev := ev.(type) {
	case PublicationReleased:
		p.released = &ev
	case PublicationCorrected:
		p.corrections = append(p.corrections[:len(p.corrections):len(p.corrections)], ev)
	}
	return p
}

// Released is the release, nil before it.
func (p Publication) Released() *PublicationReleased { return p.released }

// Visible rejects by ErrUnknownRef before the release, and by ErrEmbargo before its embargo ends.
func (p Publication) Visible(at Time) error {
	switch {
	case p.released == nil:
		return reject(ErrUnknownRef, "the publication is not released")
	case at < p.released.EmbargoUntil:
		return reject(ErrEmbargo, "publication %s is under an embargo until %s", p.released.Publication, p.released.EmbargoUntil)
	}
	return nil
}

// MaxFiles is the most files that a publication has, so that it fits a record.
const MaxFiles = 200

// Release makes files public. head is how many records the ledger has, at when this is recorded; texts are the recommendations that it lists, in
// their order.
func (p Publication) Release(r PublicationReleased, in Edition, texts []RecommendationState, head uint64, at Time) ([]Event, error) {
	err := first(CheckID("publication", r.Publication), CheckID("edition", r.Edition), oneOf("publication kind", r.Kind, publicationKinds), checkFiles(r.Files), in.mustBeOpen())
	switch {
	case err != nil:
		return nil, err
	case p.released != nil && same(*p.released, r):
		return nil, nil
	case p.released != nil:
		return nil, reject(ErrDuplicate, "publication %s is released already; correct it instead", r.Publication)
	case in.opened.Edition != r.Edition:
		return nil, reject(ErrUnknownRef, "edition %s is not open", r.Edition)
	case r.Licence == "" || r.Notified < 0:
		return nil, reject(ErrInvalidField, "a publication has a licence, and no negative number of people were told")
	case (r.Kind == NationalReport) != (r.Dialogue != ""):
		return nil, reject(ErrInvalidField, "a national report names its dialogue, and nothing else does")
	case r.LedgerPosition > head:
		return nil, reject(ErrUnknownRef, "the ledger has %d records, not %d", head, r.LedgerPosition)
	case r.EmbargoUntil != 0 && r.EmbargoUntil <= at:
		return nil, reject(ErrEmbargo, "the embargo has ended already, at %s", r.EmbargoUntil)
	}
	for i, id := range r.Recommendations {
		switch {
		case texts[i].Level() == "":
			return nil, reject(ErrUnknownRef, "recommendation %q is not drafted", id)
		case slices.Contains(r.Recommendations[:i], id):
			return nil, reject(ErrDuplicate, "recommendation %s stands twice", id)
		}
	}
	if err := r.checkData(in); err != nil {
		return nil, err
	}
	return []Event{r}, nil
}

// checkData sees to it that whoever has the ledger can make the data again, and that small cells were hidden. Whatever comes from views is data where
// the protocol has a rule for hiding; a dataset always is.
func (r PublicationReleased) checkData(in Edition) error {
	for _, name := range sortedKeys(r.Views) {
		if name == "" || r.Views[name] < 1 {
			return reject(ErrInvalidField, "view %q has no name, or no version from 1", name)
		}
	}
	switch {
	case r.Kind == Dataset && len(r.Views) == 0:
		return reject(ErrInvalidField, "a dataset names the views that it comes from, and their versions")
	case len(r.Views) > 0 && r.LedgerPosition == 0:
		return reject(ErrUnknownRef, "what comes from views names the position of the ledger that it stands for")
	case r.DisclosureCheck.Suppressed < 0:
		return reject(ErrInvalidField, "no negative number of cells was hidden")
	case r.DisclosureCheck.Rule == "" && (r.DisclosureCheck.Suppressed > 0 || r.Kind == Dataset || (len(r.Views) > 0 && in.Protocol() != nil)):
		return reject(ErrDisclosureRisk, "data are published after small cells were hidden, by a rule that is named")
	}
	return nil
}

// checkFiles wants names that are safe as names of files.
func checkFiles(files []ReleasedFile) error {
	if len(files) == 0 || len(files) > MaxFiles {
		return reject(ErrInvalidField, "a publication has 1 to %d files, not %d", MaxFiles, len(files))
	}
	names, digests := map[string]bool{}, map[Digest]bool{}
	for _, f := range files {
		kind, sub, ok := strings.Cut(f.MediaType, "/")
		switch err := CheckID("file", f.Name); {
		case err != nil:
			return err
		case strings.HasPrefix(f.Name, "."):
			return reject(ErrInvalidID, "file %q begins with a dot", f.Name)
		case f.Digest == Digest{}:
			return reject(ErrChecksum, "file %s has no digest", f.Name)
		case !ok || kind == "" || sub == "" || strings.ContainsAny(f.MediaType, " \t\n"):
			return reject(ErrInvalidField, "file %s: %q is no media type like text/csv", f.Name, f.MediaType)
		case names[f.Name] || digests[f.Digest]:
			return reject(ErrDuplicate, "file %s stands twice, or another one has the same content", f.Name)
		}
		names[f.Name], digests[f.Digest] = true, true
	}
	return nil
}

// Correct brings files in place of others, as often as needed. Nothing that was released goes away.
func (p Publication) Correct(c PublicationCorrected) ([]Event, error) {
	switch err := first(checkFiles(c.Files), c.Erratum.Check("erratum")); {
	case p.released == nil:
		return nil, reject(ErrUnknownRef, "publication %q is not released", c.Publication)
	case err != nil:
		return nil, err
	case slices.ContainsFunc(p.corrections, func(have PublicationCorrected) bool { return same(have, c) }):
		return nil, nil
	case c.Reason == "":
		return nil, reject(ErrInvalidField, "a correction has a reason")
	case slices.Contains(c.Affected, ""):
		return nil, reject(ErrInvalidField, "what is affected has a name")
	}
	return []Event{c}, nil
}
