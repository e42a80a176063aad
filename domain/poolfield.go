package domain

import "strings"

// PoolField names, in a vault, what belongs to a person in the pool that an event seals. No event has such a field: the record has the root of the pool, and no people.
func PoolField(id ParticipantID) string { return "pool/" + string(id) }

// InPool is whose field it is, by its name, if it is a PoolField.
func InPool(field string) (ParticipantID, bool) {
	id, ok := strings.CutPrefix(field, "pool/")
	return ParticipantID(id), ok
}

// LeavesField names, in a vault, the hashes that stand for everybody under a root which an event holds: the people of a sealed pool, and the tickets of a lottery. They are of the
// sortition, and of no person: when somebody's opening is erased their leaf stays, so that the others still get what leads from them to the root.
const LeavesField = "leaves"

// personIn tells whether a field is that of a person in the pool that an event seals. The root is the commitment to them: each of them has a salt of their own in it.
func personIn(e Event, field string) bool {
	id, is := InPool(field)
	_, seals := e.(SelectionPoolSealed)
	return is && seals && CheckID("participant", id) == nil
}
