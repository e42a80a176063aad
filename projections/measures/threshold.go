package measures

import "daybook.internal/domain"

// threshold is that of an indicator in the protocol of an edition, or the default; it is named in the head of a document.
func (in *Inputs) threshold(id domain.EditionID, key string, h *Head) domain.Ratio {
	r, _ := in.edition(id).protocol.Threshold(key)
	h.with(key, r)
	return r
}

// within tells whether n <= r, exactly; n is a count of at most 31 bits.
func within(n int, r domain.Ratio) bool {
	whole := r.Num / max(r.Den, 1)
	return int64(n) <= whole
}
