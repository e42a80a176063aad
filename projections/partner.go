package projections

import (
	"slices"

	"daybook.internal/domain"
)

// PartnerDoc is how ready one partner of an edition is. Name and kind are absent where a dialogue names a partner that was never admitted.
type PartnerDoc struct {
	Edition    domain.EditionID                `json:"edition"`
	Partner    domain.PartnerID                `json:"partner"`
	Name       string                          `json:"name,omitempty"`
	Kind       domain.PartnerKind              `json:"kind,omitempty"`
	Roles      []domain.Role                   `json:"roles"`
	Place      domain.Place                    `json:"place,omitempty"`
	ValidFrom  domain.Date                     `json:"validFrom,omitempty"`
	ValidTo    domain.Date                     `json:"validTo,omitempty"`
	Ended      *PartnerEnd                     `json:"ended,omitempty"`
	Trained    map[domain.Role][]string        `json:"trained"`            // people by role, each once, in order
	Interests  map[string]domain.InterestLevel `json:"interests"`          // by person, the last declaration
	Dialogues  []domain.DialogueID             `json:"dialogues"`          // registered with this partner
	Succeeds   domain.PartnerID                `json:"succeeds,omitempty"` // admitted to take after this one
	TakesAfter []domain.PartnerID              `json:"takesAfter"`         // whose dialogues have come to this partner
}

// PartnerEnd is how a partnership ended.
type PartnerEnd struct {
	Reason      string           `json:"reason"`
	EffectiveAt domain.Time      `json:"effectiveAt"`
	ReassignTo  domain.PartnerID `json:"reassignTo,omitempty"`
}

// PartnerKey is the key of a partner's document: no id holds a slash.
func PartnerKey(e domain.EditionID, p domain.PartnerID) string { return string(e) + "/" + string(p) }

// Partner has a document for every partner of every edition.
var Partner = Of("partner", 2, "one partner of an edition: roles, training, interests, dialogues; key: edition/partner",
	on(domain.PartnerAdmitted{}, domain.InterestDeclared{}, domain.TrainingCompleted{}, domain.PartnershipEnded{}, domain.DialogueRegistered{}),
	func(f *Fact, to []string) []string {
		switch e := f.Event.(type) {
		case domain.PartnerAdmitted:
			return append(to, PartnerKey(e.Edition, e.Partner))
		case domain.InterestDeclared:
			return append(to, PartnerKey(e.Edition, e.Partner))
		case domain.TrainingCompleted:
			return append(to, PartnerKey(e.Edition, e.Partner))
		case domain.PartnershipEnded:
			to = append(to, PartnerKey(e.Edition, e.Partner))
			if e.ReassignTo != "" {
				to = append(to, PartnerKey(e.Edition, e.ReassignTo))
			}
		case domain.DialogueRegistered:
			return append(to, PartnerKey(e.Edition, e.Partner))
		}
		return to
	},
	func(d *PartnerDoc, key string, f *Fact) {
		switch e := f.Event.(type) {
		case domain.PartnerAdmitted:
			d.begin(e.Edition, e.Partner)
			d.Name, d.Kind, d.Roles, d.Place, d.ValidFrom, d.ValidTo, d.Succeeds = e.Name, e.Kind, e.Roles, e.Place, e.ValidFrom, e.ValidTo, e.Succeeds
		case domain.InterestDeclared:
			d.begin(e.Edition, e.Partner)
			d.Interests[e.Person] = e.Level
		case domain.TrainingCompleted:
			d.begin(e.Edition, e.Partner)
			d.Trained[e.Role] = insert(d.Trained[e.Role], e.Trainee)
		case domain.PartnershipEnded:
			if key == PartnerKey(e.Edition, e.Partner) {
				d.begin(e.Edition, e.Partner)
				d.Ended = &PartnerEnd{e.Reason, e.EffectiveAt, e.ReassignTo}
			} else {
				d.begin(e.Edition, e.ReassignTo)
				d.TakesAfter = append(d.TakesAfter, e.Partner)
			}
		case domain.DialogueRegistered:
			d.begin(e.Edition, e.Partner)
			d.Dialogues = append(d.Dialogues, e.Dialogue)
		}
	})

// begin makes a document of nothing.
func (d *PartnerDoc) begin(e domain.EditionID, p domain.PartnerID) {
	if d.Partner != "" {
		return
	}
	*d = PartnerDoc{
		Edition: e, Partner: p, Roles: []domain.Role{}, Trained: map[domain.Role][]string{}, Interests: map[string]domain.InterestLevel{},
		Dialogues: []domain.DialogueID{}, TakesAfter: []domain.PartnerID{},
	}
}

// insert puts a name into a list in order, once.
func insert(names []string, name string) []string {
	if i, found := slices.BinarySearch(names, name); !found {
		names = slices.Insert(names, i, name)
	}
	return names
}
