package projections

import (
	"cmp"
	"slices"

	"daybook.internal/domain"
)

// ArtefactDoc is the register of one artefact: each of its versions, and what has become of it.
type ArtefactDoc struct {
	Artefact domain.ArtefactID `json:"artefact"`
	Versions []ArtefactVersion `json:"versions"` // versions, the first one first
}

// ArtefactVersion is one version: who thinks what of it, into which languages it was brought, and where it is used.
type ArtefactVersion struct {
	Version     int                                          `json:"version"`
	Kind        domain.ArtefactKind                          `json:"kind,omitempty"`
	Author      string                                       `json:"author,omitempty"`
	SourceLang  domain.Lang                                  `json:"sourceLang,omitempty"`
	Content     *domain.Digest                               `json:"content,omitempty"`
	ChangeNote  string                                       `json:"changeNote,omitempty"`
	AddedAt     *domain.Time                                 `json:"addedAt,omitempty"`
	Reviews     map[domain.ReviewKind]map[domain.Verdict]int `json:"reviews"` // the last one of each reviewer
	Scores      map[string]Score                             `json:"scores"`  // by criterion, of the same reviews
	Approval    *Approval                                    `json:"approval,omitempty"`
	Languages   map[domain.Lang]Translation                  `json:"languages"`
	WithdrawnAt *domain.Time                                 `json:"withdrawnAt,omitempty"`
	Reason      string                                       `json:"reason,omitempty"` // why it was withdrawn
	ReplacedBy  *domain.ArtefactRef                          `json:"replacedBy,omitempty"`
	Sessions    []ArtefactUse                                `json:"sessions"` // of which editions it is an instrument
	Opened      map[domain.DialogueID]int                    `json:"opened"`   // sessions that were opened with it
}

// Score adds up the scores of one criterion: the mean is Sum / Count.
type Score struct {
	Sum   int `json:"sum"`
	Count int `json:"count"`
}

// Approval is how a version was approved. After are the milliseconds from its coming into being.
type Approval struct {
	Quorum    int         `json:"quorum"`
	Approvals int         `json:"approvals"`
	At        domain.Time `json:"at"`
	After     int64       `json:"after"`
}

// Translation is how far a translation has come.
type Translation struct {
	Submitted int                      `json:"submitted"` // how often it was submitted
	Method    domain.TranslationMethod `json:"method"`
	Verified  bool                     `json:"verified"`
	Issues    int                      `json:"issues"` // found and settled by the verifier
}

// ArtefactUse is a session of an edition, and the wave in which it uses the artefact.
type ArtefactUse struct {
	Edition domain.EditionID `json:"edition"`
	Session domain.SessionID `json:"session"`
	Wave    domain.Wave      `json:"wave"`
}

// Artefact has a register for every artefact, by its id.
var Artefact = public(Of("artefact", 1, "the register of one artefact: versions, reviews, approval, translations, where it is used; key: its id",
	on(domain.ArtefactVersionAdded{}, domain.ReviewRecorded{}, domain.ArtefactApproved{}, domain.TranslationSubmitted{}, domain.TranslationVerified{},
		domain.ArtefactWithdrawn{}, domain.SessionDefined{}, domain.SessionOpened{}),
	func(f *Fact, to []string) []string {
		switch e := f.Event.(type) {
		case domain.ArtefactVersionAdded:
			to = append(to, string(e.Artefact))
		case domain.ReviewRecorded:
			to = append(to, string(e.Artefact))
		case domain.ArtefactApproved:
			to = append(to, string(e.Artefact))
		case domain.TranslationSubmitted:
			to = append(to, string(e.Artefact))
		case domain.TranslationVerified:
			to = append(to, string(e.Artefact))
		case domain.ArtefactWithdrawn:
			to = append(to, string(e.Artefact))
		case domain.SessionDefined:
			for _, i := range e.Instruments {
				to = appendOnce(to, string(i.Artefact.ID))
			}
		case domain.SessionOpened:
			for _, i := range e.Instruments {
				to = appendOnce(to, string(i.ID))
			}
		}
		return to
	},
	func(d *ArtefactDoc, key string, f *Fact) {
		d.Artefact = domain.ArtefactID(key)
		switch e := f.Event.(type) {
		case domain.ArtefactVersionAdded:
			v, at := d.version(e.Version), happened(f)
			v.Kind, v.Author, v.SourceLang, v.Content, v.ChangeNote, v.AddedAt = e.Kind, e.Author, e.SourceLang, &e.Content, e.ChangeNote, &at
		case domain.ReviewRecorded:
			v := d.version(e.Version)
			if r := e.Replaces; r != nil {
				v.review(*r, -1)
			}
			v.review(domain.Reviewed{Kind: e.Kind, Verdict: e.Verdict, Scores: e.Scores}, 1)
		case domain.ArtefactApproved:
			v := d.version(e.Version)
			v.Approval = &Approval{Quorum: e.Quorum, Approvals: len(e.Approvals), At: happened(f)}
			if v.AddedAt != nil {
				v.Approval.After = int64(v.Approval.At - *v.AddedAt)
			}
		case domain.TranslationSubmitted:
			v := d.version(e.Version)
			v.Languages[e.Lang] = Translation{Submitted: v.Languages[e.Lang].Submitted + 1, Method: e.Method}
		case domain.TranslationVerified:
			v := d.version(e.Version)
			t := v.Languages[e.Lang]
			t.Verified, t.Issues = true, e.Issues
			v.Languages[e.Lang] = t
		case domain.ArtefactWithdrawn:
			v, at := d.version(e.Version), happened(f)
			if v.WithdrawnAt, v.Reason = &at, e.Reason; e.ReplacedBy != (domain.ArtefactRef{}) {
				v.ReplacedBy = &e.ReplacedBy
			}
		case domain.SessionDefined:
			for _, i := range e.Instruments {
				if i.Artefact.ID == d.Artefact {
					v := d.version(i.Artefact.Version)
					v.Sessions = append(v.Sessions, ArtefactUse{f.Meta.Source, e.Session, i.Wave})
				}
			}
		case domain.SessionOpened:
			for n, i := range e.Instruments {
				if i.ID == d.Artefact && !slices.Contains(e.Instruments[:n], i) {
					d.version(i.Version).Opened[e.Dialogue]++
				}
			}
		}
	}))

// version finds a version, and begins it where it is not there.
func (d *ArtefactDoc) version(n int) *ArtefactVersion {
	i, found := slices.BinarySearchFunc(d.Versions, n, func(v ArtefactVersion, n int) int { return cmp.Compare(v.Version, n) })
	if !found {
		d.Versions = slices.Insert(d.Versions, i, ArtefactVersion{
			Version: n, Reviews: map[domain.ReviewKind]map[domain.Verdict]int{}, Scores: map[string]Score{}, Languages: map[domain.Lang]Translation{},
			Sessions: []ArtefactUse{}, Opened: map[domain.DialogueID]int{},
		})
	}
	return &d.Versions[i]
}

// review counts a review in, or out again.
func (v *ArtefactVersion) review(r domain.Reviewed, n int) {
	if v.Reviews[r.Kind] == nil {
		v.Reviews[r.Kind] = map[domain.Verdict]int{}
	}
	if v.Reviews[r.Kind][r.Verdict] += n; v.Reviews[r.Kind][r.Verdict] == 0 {
		delete(v.Reviews[r.Kind], r.Verdict)
	}
	if len(v.Reviews[r.Kind]) == 0 {
		delete(v.Reviews, r.Kind)
	}
	for criterion, score := range r.Scores {
		s := Score{v.Scores[criterion].Sum + n*score, v.Scores[criterion].Count + n}
		if v.Scores[criterion] = s; s.Count == 0 {
			delete(v.Scores, criterion)
		}
	}
}

func appendOnce(to []string, key string) []string {
	if slices.Contains(to, key) {
		return to
	}
	return append(to, key)
}
