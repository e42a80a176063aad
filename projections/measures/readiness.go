package measures

import (
	"slices"
	"strings"

	"daybook.internal/domain"
	"daybook.internal/process"
	"daybook.internal/projections"
)

// ReadinessDoc is how ready a partner is for the dialogues that it holds.
type ReadinessDoc struct {
	Head
	Edition   domain.EditionID    `json:"edition"`
	Partner   domain.PartnerID    `json:"partner"`
	Place     domain.Place        `json:"place,omitempty"`
	Roles     []domain.Role       `json:"roles"`
	Ended     bool                `json:"ended"`
	Interests InterestCount       `json:"interests"`
	Dialogues []DialogueReadiness `json:"dialogues"` // dialogues of the partner, by id
}

// InterestCount is who of the people that are trained for any role has declared what they have at stake.
type InterestCount struct {
	Declared   Rate                         `json:"declared"`
	Levels     map[domain.InterestLevel]int `json:"levels"`     // of their last declarations
	Undeclared []string                     `json:"undeclared"` // who has not declared, by principal, in order
}

// DialogueReadiness is what one dialogue has, and what it lacks to be authorised.
type DialogueReadiness struct {
	Dialogue   domain.DialogueID   `json:"dialogue"`
	SampleType domain.SampleType   `json:"sampleType"`
	Authorised bool                `json:"authorised"`
	Trained    []RoleReadiness     `json:"trained"` // people trained, by role
	Languages  []LanguageReadiness `json:"languages"`
	Missing    []process.Gap       `json:"missing"` // in the order in which one would go about it; nothing once it is authorised
}

// RoleReadiness counts people whose training for a role is valid on the day of the dialogue.
type RoleReadiness struct {
	Role    domain.Role `json:"role"`
	Trained int         `json:"trained"`
	Needed  *int        `json:"needed"` // null: no number is asked for
}

// LanguageReadiness counts the instruments of the dialogue that can be used in a language: approved, and verified where it is not theirs.
type LanguageReadiness struct {
	Lang        domain.Lang `json:"lang"`
	Usable      int         `json:"usable"`
	Instruments int         `json:"instruments"`
}

// Readiness has a document for every partner of every edition. What is missing is what the domain would reject the authorisation for, by the same rules.
var Readiness = of(View{Name: "readiness", Version: Version,
	About: "how ready a partner is: people trained and needed, interests, languages, what is missing; key: edition/partner"},
	func(in *Inputs) []string {
		keys := in.keysOf(projections.Partner)
		return keys
	},
	func(in *Inputs, key string, d *ReadinessDoc) error {
		partner := document[projections.PartnerDoc](in, projections.Partner, key)
		if partner == nil || strings.Count(key, "/") != 1 {
			return ErrNoDocument
		}
		d.Edition, d.Partner, d.Place, d.Roles, d.Ended = partner.Edition, partner.Partner, partner.Place, slices.Clone(partner.Roles), partner.Ended != nil
		d.Interests, d.Dialogues = d.declared(partner), []DialogueReadiness{}
		for _, dialogue := range in.dialogues(d.Edition) {
			if in.holder(dialogue) == d.Partner {
				d.Dialogues = append(d.Dialogues, in.ready(dialogue, partner))
			}
		}
		return nil
	})

// declared is who of the trained people has declared their interests.
func (h *Head) declared(partner *projections.PartnerDoc) InterestCount {
	var people []string
	for _, trained := range partner.Trained {
		people = append(people, trained...)
	}
	slices.Sort(people)
	people = slices.Compact(people)
	n := InterestCount{Levels: map[domain.InterestLevel]int{}, Undeclared: []string{}}
	declared, all := 0, len(people)
	for _, person := range people {
		if level, ok := partner.Interests[person]; ok {
			declared++
			n.Levels[level]++
		} else {
			n.Undeclared = append(n.Undeclared, person)
		}
	}
	n.Declared = h.rate("interests declared", &declared, &all)
	return n
}

// ready is what a dialogue has and lacks.
func (in *Inputs) ready(dialogue *projections.DialogueDoc, partner *projections.PartnerDoc) DialogueReadiness {
	p := in.preparation(dialogue)
	r := DialogueReadiness{
		Dialogue: dialogue.Dialogue, SampleType: dialogue.SampleType, Authorised: dialogue.Authorised, Trained: []RoleReadiness{}, Languages: []LanguageReadiness{},
		Missing: []process.Gap{},
	}
	if !dialogue.Authorised {
		r.Missing = process.Authorise(p)
	}
	held := in.partner(dialogue.Edition, partner.Partner)
	roles := []domain.Role{domain.HeadFacilitator, domain.TableFacilitator}
	for role := range partner.Trained {
		if !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	slices.Sort(roles)
	for _, role := range roles {
		have := RoleReadiness{Role: role, Trained: held.TrainedFor(role, dialogue.Date)}
		if dialogue.SampleType != domain.OpenOnline {
			switch role {
			case domain.HeadFacilitator:
				have.Needed = some(1)
			case domain.TableFacilitator:
				have.Needed = some(max(1, (dialogue.PlannedSize+process.PeopleAtTable-1)/process.PeopleAtTable))
			}
		}
		r.Trained = append(r.Trained, have)
	}
	for _, lang := range dialogue.Languages {
		at := LanguageReadiness{Lang: lang, Instruments: len(p.Instruments)}
		for _, i := range p.Instruments {
			if i.Approved && (lang == i.SourceLang || slices.Contains(i.Verified, lang)) {
				at.Usable++
			}
		}
		r.Languages = append(r.Languages, at)
	}
	return r
}
