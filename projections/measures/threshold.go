package measures

import "daybook.internal/domain"

// threshold is that of an indicator in the protocol of an edition, or the default; it is named in the head of a document.
func (in *Inputs) threshold(id domain.EditionID, key string, h *Head) domain.Ratio {
	r, _ := in.edition(id).protocol.Threshold(key)
	h.with(key, r)
	return r
}

// within tells whether n <= r, exactly. r is a threshold, above 0.
func within(n int, r domain.Ratio) bool {
	return int64(n) <= r.Num/max(r.Den, 1)
}

// below tells whether n < r, exactly, for the same r.
func below(n int, r domain.Ratio) bool { return int64(n) <= (r.Num-1)/max(r.Den, 1) }
