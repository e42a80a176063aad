package measures

import (
	"daybook.internal/domain"
)

// DefaultMinBase is the smallest base that is published where no protocol says otherwise.
const DefaultMinBase = 10

// suppression is the rule of an edition by which small cells are hidden; it names its parameters in the head of a document.
func (in *Inputs) suppression(id domain.EditionID, h *Head) domain.Suppression {
	rule := domain.Suppression{MinBase: DefaultMinBase}
	if p := in.edition(id).protocol; p != nil {
		rule = p.Suppression
	} else {
		h.warn(WarnNoProtocol, "no protocol is frozen: small cells are hidden below a base of %d", rule.MinBase)
	}
	h.with("minBase", rule.MinBase)
	h.with("minCell", rule.MinCell)
	return rule
}
