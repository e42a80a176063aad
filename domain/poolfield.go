package domain

import "strings"

// PoolField names, in a vault, what belongs to a person in the pool that an event seals. No event has such a field: the record has the root of the pool, and no people.
func PoolField(id ParticipantID) string { return "pool/" + string(id) }

// InPool is whose field it is, by its name, if it is a PoolField.
func InPool(field string) (ParticipantID, bool) {
	id, ok := strings.CutPrefix(field, "pool/")
	return ParticipantID(id), ok
}
