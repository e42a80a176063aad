package projections

import (
	"slices"

	"daybook.internal/domain"
)

// Sample is what happened in the dialogues of one sample type. Numbers of different sample types are never added.
type Sample struct {
	Dialogues    int `json:"dialogues"`
	Participants struct {
		Citizens     int `json:"citizens"`
		Stakeholders int `json:"stakeholders"`
	} `json:"participants"` // people who registered, by chamber
	Consents struct {
		Given     int `json:"given"`
		Withdrawn int `json:"withdrawn"`
	} `json:"consents"` // declarations of consent, and withdrawals of them; counts
	Talk
}

// Samples are the samples of one place, or of the world, by sample type.
type Samples map[domain.SampleType]*Sample

// fold counts one fact of a dialogue.
func (s *Samples) fold(f *Fact) {
	if *s == nil {
		*s = Samples{}
	}
	if f.Place.SampleType == "" {
		return
	}
	m := (*s)[f.Place.SampleType]
	if m == nil {
		m = &Sample{}
		(*s)[f.Place.SampleType] = m
	}
	switch e := f.Event.(type) {
	case domain.DialogueRegistered:
		m.Dialogues++
	case domain.ParticipantRegistered:
		if e.Chamber == domain.StakeholderChamber {
			m.Participants.Stakeholders++
		} else {
			m.Participants.Citizens++
		}
	case domain.ConsentGiven:
		m.Consents.Given++
	case domain.ConsentWithdrawn:
		m.Consents.Withdrawn++
	case domain.StatementPosted:
		m.post()
	case domain.StatementModerated:
		m.moderate(e)
	case domain.ReactionCast:
		m.react(e, f.Revision == 0)
	}
}

// numbered are the events that change a Sample or the Outcomes.
var numbered = on(domain.DialogueRegistered{}, domain.ParticipantRegistered{}, domain.ConsentGiven{}, domain.ConsentWithdrawn{},
	domain.StatementPosted{}, domain.StatementModerated{}, domain.ReactionCast{}, domain.RecommendationDrafted{}, domain.RecommendationDecided{})

// CountryDoc is one country in numbers. Numbers of different editions are never added.
type CountryDoc struct {
	Place    domain.Place                         `json:"place"`
	Editions map[domain.EditionID]*CountryNumbers `json:"editions"`
}

// CountryNumbers are the numbers of one country in one edition.
type CountryNumbers struct {
	Samples         Samples  `json:"samples"`
	Recommendations Outcomes `json:"recommendations"` // of the country's own dialogues
}

// Country has a document for every country with a dialogue, by its code.
var Country = public(Of("country", 3, "one country in numbers, by edition and sample type; key: its two-letter code",
	numbered,
	func(f *Fact, to []string) []string {
		if f.Place.Place != "" {
			to = append(to, string(f.Place.Place))
		}
		return to
	},
	func(d *CountryDoc, _ string, f *Fact) {
		d.Place = f.Place.Place
		if d.Editions == nil {
			d.Editions = map[domain.EditionID]*CountryNumbers{}
		}
		n := d.Editions[f.Place.Edition]
		if n == nil {
			n = &CountryNumbers{}
			d.Editions[f.Place.Edition] = n
		}
		n.Samples.fold(f)
		n.Recommendations.fold(f)
	}))

// GlobalDoc is one edition in numbers.
type GlobalDoc struct {
	Edition         domain.EditionID `json:"edition"`
	Places          []domain.Place   `json:"places"` // with a dialogue, in order
	Samples         Samples          `json:"samples"`
	Recommendations Outcomes         `json:"recommendations"` // recommendations of every level
}

// Global has a document for every edition, by its id.
var Global = public(Of("global", 3, "one edition in numbers, over all countries, by sample type; key: the edition's id",
	numbered,
	byEdition,
	func(d *GlobalDoc, _ string, f *Fact) {
		d.Edition = f.Meta.Source
		if d.Places == nil {
			d.Places = []domain.Place{}
		}
		if p := f.Place.Place; p != "" {
			if i, found := slices.BinarySearch(d.Places, p); !found {
				d.Places = slices.Insert(d.Places, i, p)
			}
		}
		d.Samples.fold(f)
		d.Recommendations.fold(f)
	}))

func (o *Outcomes) fold(f *Fact) {
	switch e := f.Event.(type) {
	case domain.RecommendationDrafted:
		o.Drafted++
	case domain.RecommendationDecided:
		o.add(e.Outcome, 1)
		o.add(e.Replaces, -1)
	}
}
