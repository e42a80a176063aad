package measures

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// Warnings that documents of questions carry.
const (
	WarnSelfSelected     = "self-selected"     // people came as they liked
	WarnStakeholders     = "stakeholders"      // people stand for organisations
	WarnMixedVersions    = "mixed-versions"    // other versions of the question were asked in the same wave
	WarnMissingLanguages = "missing-languages" // the question was not to be had in a language of a dialogue
	WarnSuppressed       = "suppressed"        // small cells are hidden
	WarnOpen             = "open"              // people still answer
	WarnHiddenTables     = "hidden-tables"     // what rests on tables is known of the places that are shown
	WarnFewTables        = "few-tables"        // intervals do not allow for people at one table being alike: there are fewer than five
	WarnNoProtocol       = "no-protocol"       // no protocol froze the parameters; defaults were used
	WarnPartial          = "partial"           // something is known of some dialogues only
	WarnNotReconciled    = "not-reconciled"    // numbers may still change
	WarnMoreThanBase     = "more-than-base"    // more people came so far than there were to come
)

// warnOfSample warns of how people came to take part.
func (in *Inputs) warnOfSample(t domain.SampleType, h *Head) {
	switch t {
	case domain.OpenOnline:
		h.warn(WarnSelfSelected, "people came as they liked: shares describe those who came and nobody else")
	case domain.StakeholderSample:
		h.warn(WarnStakeholders, "stakeholders stand for organisations: their shares are not those of a population")
	}
}

// warned are the warnings of a pool, and what was read for them.
type warned struct {
	notes []Note
	in    *Inputs
}

// warnOf warns of what readers of any number of a question should know. It is found out once for as long as nothing moves that it rests on.
func (in *Inputs) warnOf(a Asked, p *Pool, h *Head) {
	if p.warned == nil || !p.warned.in.Fresh() {
		own, notes := &Inputs{s: in.s}, Head{}
		own.findWarnings(a, p, &notes)
		p.warned = &warned{notes.Warnings, own}
	}
	in.readAll(p.warned.in)
	for _, n := range p.warned.notes {
		h.Warnings = noted(h.Warnings, n)
	}
}

func (in *Inputs) findWarnings(a Asked, p *Pool, h *Head) {
	in.warnOfSample(a.Sample, h)
	for _, other := range in.pools() {
		if other.Question.ID == a.Question.ID && other.Question.Version != a.Question.Version && other.Edition == a.Edition && other.Wave == a.Wave && other.Sample == a.Sample {
			h.warn(WarnMixedVersions, "version %d of this question was asked in the same wave; versions are never added", other.Question.Version)
		}
	}
	artefact := document[projections.ArtefactDoc](in, projections.Artefact, string(a.Question.ID))
	if artefact == nil {
		return
	}
	i := slices.IndexFunc(artefact.Versions, func(v projections.ArtefactVersion) bool { return v.Version == a.Question.Version })
	if i < 0 {
		return
	}
	words := &artefact.Versions[i]
	for _, s := range p.Sheets {
		d := document[projections.DialogueDoc](in, projections.Dialogue, string(s.Room.Dialogue))
		if d == nil {
			continue
		}
		for _, lang := range d.Languages {
			if lang != words.SourceLang && !words.Languages[lang].Verified {
				h.warn(WarnMissingLanguages, "in dialogue %s there is no verified translation into %s", s.Room.Dialogue, lang)
			}
		}
	}
}
