package measures

import (
	"slices"
	"strconv"
	"strings"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// InstrumentDoc is one version of an instrument in the register: who thought what of it, by which rule it was approved, in which languages it is to be had, and where it is used.
type InstrumentDoc struct {
	Head
	Artefact    domain.ArtefactID         `json:"artefact"`
	Revision    int                       `json:"artefactVersion"` // which version of the artefact this is
	Kind        domain.ArtefactKind       `json:"kind,omitempty"`
	SourceLang  domain.Lang               `json:"sourceLang,omitempty"`
	Content     *domain.Digest            `json:"content"`
	ChangeNote  string                    `json:"changeNote,omitempty"`
	Others      []int                     `json:"otherVersions"` // of the same artefact
	AddedAt     *domain.Time              `json:"addedAt"`
	Reviews     []ReviewCount             `json:"reviews"` // the last one of each reviewer
	Scores      []CriterionScore          `json:"scores"`  // by criterion: what reviewers of this version gave
	Approval    *ApprovedBy               `json:"approval"`
	WithdrawnAt *domain.Time              `json:"withdrawnAt"`
	ReplacedBy  *domain.ArtefactRef       `json:"replacedBy"`
	Languages   []InstrumentLanguage      `json:"languages"` // those into which it was translated, and those of the people who meet it
	Submitted   int                       `json:"submitted"` // languages with a translation
	Verified    int                       `json:"verified"`  // translations of these that somebody has verified
	Sessions    []projections.ArtefactUse `json:"sessions"`
	Opened      []OpenedWith              `json:"opened"` // sessions that were opened with it, by dialogue
}

// ReviewCount is how many reviewers of a kind came to a verdict.
type ReviewCount struct {
	Kind    domain.ReviewKind `json:"kind"`
	Verdict domain.Verdict    `json:"verdict"`
	Count   int               `json:"count"`
}

// CriterionScore is the mean score of one criterion, and how many reviewers gave one.
type CriterionScore struct {
	Criterion string `json:"criterion"` // what reviewers gave a score for
	Mean      Number `json:"mean"`
	Base      int    `json:"base"`
}

// ApprovedBy is the rule by which a version was approved, and how long that took.
type ApprovedBy struct {
	Quorum    int         `json:"quorum"`
	Approvals int         `json:"approvals"` // reviews that approve of the version
	At        domain.Time `json:"at"`
	Days      Number      `json:"days"` // days from the coming into being of the version to its approval
}

// InstrumentLanguage is how far an instrument is to be had in one language.
type InstrumentLanguage struct {
	Lang      domain.Lang              `json:"lang"`
	Source    bool                     `json:"source"`    // it was written in it
	Needed    bool                     `json:"needed"`    // of an edition or a dialogue that uses it
	Submitted int                      `json:"submitted"` // translations, one after the other
	Method    domain.TranslationMethod `json:"method,omitempty"`
	Verified  bool                     `json:"verified"`
	Issues    int                      `json:"issues"` // found and settled by the verifier
}

// OpenedWith is one dialogue whose sessions were opened with an instrument.
type OpenedWith struct {
	Dialogue domain.DialogueID `json:"dialogue"`
	Sessions int               `json:"sessions"`
}

// Instrument has a document for every version of every artefact. Reviewers act in public and are counted as they are.
var Instrument = of(View{Name: "instrument", Version: Version,
	About: "the register of one version of an instrument: reviews, approval and how long it took, languages submitted and verified, use; key: artefact@version"},
	func(in *Inputs) []string {
		keys := []string{}
		for _, id := range in.keysOf(projections.Artefact) {
			for _, v := range document[projections.ArtefactDoc](in, projections.Artefact, id).Versions {
				keys = append(keys, refString(domain.ArtefactRef{ID: domain.ArtefactID(id), Version: v.Version}))
			}
		}
		return keys
	},
	func(in *Inputs, key string, d *InstrumentDoc) error {
		id, version, _ := strings.Cut(key, "@")
		a := document[projections.ArtefactDoc](in, projections.Artefact, id)
		if a == nil {
			return ErrNoDocument
		}
		i := slices.IndexFunc(a.Versions, func(v projections.ArtefactVersion) bool { return strconv.Itoa(v.Version) == version })
		if i < 0 {
			return ErrNoDocument
		}
		v := &a.Versions[i]
		d.Artefact, d.Revision, d.Kind, d.SourceLang, d.Content, d.ChangeNote = a.Artefact, v.Version, v.Kind, v.SourceLang, v.Content, v.ChangeNote
		d.AddedAt, d.WithdrawnAt, d.ReplacedBy, d.Sessions = v.AddedAt, v.WithdrawnAt, v.ReplacedBy, slices.Clone(v.Sessions)
		d.Others, d.Reviews, d.Scores, d.Opened, d.Languages = []int{}, []ReviewCount{}, []CriterionScore{}, []OpenedWith{}, []InstrumentLanguage{}
		for _, kind := range ordered(v.Reviews) {
			for _, verdict := range ordered(v.Reviews[kind]) {
				d.Reviews = append(d.Reviews, ReviewCount{kind, verdict, v.Reviews[kind][verdict]})
			}
		}
		for _, criterion := range ordered(v.Scores) {
			s := v.Scores[criterion]
			d.Scores = append(d.Scores, CriterionScore{criterion, Number(float64(s.Sum) / float64(s.Count)), s.Count})
		}
		if p := v.Approval; p != nil {
			d.Approval = &ApprovedBy{p.Quorum, p.Approvals, p.At, None}
			if v.AddedAt != nil {
				d.Approval.Days = Number(float64(p.After) / wholeDay)
			}
		}
		for _, dialogue := range ordered(v.Opened) {
			d.Opened = append(d.Opened, OpenedWith{dialogue, v.Opened[dialogue]})
		}
		in.otherVersions(a, v, d)
		in.languagesOf(v, d)
		return nil
	})

// otherVersions names the other versions, and warns of those that people of the same edition meet in the same wave.
func (in *Inputs) otherVersions(a *projections.ArtefactDoc, v *projections.ArtefactVersion, d *InstrumentDoc) {
	for i := range a.Versions {
		other := &a.Versions[i]
		if other.Version == v.Version {
			continue
		}
		d.Others = append(d.Others, other.Version)
		for _, use := range v.Sessions {
			if slices.ContainsFunc(other.Sessions, func(u projections.ArtefactUse) bool { return u.Edition == use.Edition && u.Wave == use.Wave }) {
				d.warn(WarnMixedVersions, "version %d is used in edition %s in the same wave, %s; what people answer to different versions is never added", other.Version, use.Edition, use.Wave)
			}
		}
		for _, dialogue := range ordered(v.Opened) {
			if other.Opened[dialogue] > 0 {
				d.warn(WarnMixedVersions, "version %d was put before people in dialogue %s as well", other.Version, dialogue)
			}
		}
	}
}

// languagesOf are those into which a version was brought and those that people need, and warns of what is missing. Who comes as they like is warned of, too.
func (in *Inputs) languagesOf(v *projections.ArtefactVersion, d *InstrumentDoc) {
	by := map[domain.Lang]*InstrumentLanguage{}
	of := func(lang domain.Lang) *InstrumentLanguage {
		if by[lang] == nil {
			by[lang] = &InstrumentLanguage{Lang: lang, Source: lang == v.SourceLang}
		}
		return by[lang]
	}
	if v.SourceLang != "" {
		of(v.SourceLang)
	}
	for _, lang := range ordered(v.Languages) {
		t, l := v.Languages[lang], of(lang)
		l.Submitted, l.Method, l.Verified, l.Issues = t.Submitted, t.Method, t.Verified, t.Issues
		if d.Submitted++; t.Verified {
			d.Verified++
		}
	}
	need := map[domain.Lang][]string{} // who needs it
	for _, use := range v.Sessions {
		if board := document[projections.EditionDoc](in, projections.Edition, string(use.Edition)); board != nil {
			for _, lang := range board.Languages {
				if who := "edition " + string(use.Edition); !slices.Contains(need[lang], who) {
					need[lang] = append(need[lang], who)
				}
			}
		}
	}
	for _, dialogue := range ordered(v.Opened) {
		if at := document[projections.DialogueDoc](in, projections.Dialogue, string(dialogue)); at != nil {
			in.warnOfSample(at.SampleType, &d.Head)
			for _, lang := range at.Languages {
				need[lang] = append(need[lang], "dialogue "+string(dialogue))
			}
		}
	}
	for _, lang := range ordered(need) {
		l := of(lang)
		l.Needed = true
		switch where := need[lang]; {
		case l.Source || l.Verified:
		case l.Submitted > 0:
			d.warn(WarnMissingLanguages, "the translation into %s was submitted and not verified; %s needs it, and %d more", lang, where[0], len(where)-1)
		default:
			d.warn(WarnMissingLanguages, "there is no translation into %s; %s needs it, and %d more", lang, where[0], len(where)-1)
		}
	}
	for _, lang := range ordered(by) {
		d.Languages = append(d.Languages, *by[lang])
	}
}
