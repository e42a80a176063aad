package domain

import "slices"

// The gates of milestones: what must be so before one is reached.
const (
	GateProtocolFrozen      = "protocol.frozen"      // the protocol is frozen
	GateInstrumentsApproved = "instruments.approved" // every instrument of every session is approved
	GateMaterialsVerified   = "materials.verified"   // and verified in every language of the edition
	GateDialoguesAuthorised = "dialogues.authorised" // every dialogue is authorised
	GateDialoguesCertified  = "dialogues.certified"  // every dialogue is certified
	GateSynthesisCompleted  = "synthesis.completed"  // the recommendations of all countries have become those of the world
)

// Gates are all gates there are, in the order of the process.
func Gates() []string {
	return []string{GateProtocolFrozen, GateInstrumentsApproved, GateMaterialsVerified, GateDialoguesAuthorised, GateDialoguesCertified, GateSynthesisCompleted}
}

// Progress is what the gates of an edition look at besides the edition: the states of its instruments, all of its dialogues, and its synthesis.
type Progress struct {
	Artefacts   map[ArtefactID]Artefact
	Dialogues   []Dialogue
	Synthesised bool
}

// Met lists the gates that are passed. Where there is nothing to approve, to authorise or to certify, nothing is.
func (e Edition) Met(p Progress) []string {
	instruments := e.Instruments()
	approved := func(i ArtefactRef) bool { return p.Artefacts[i.ID].Approved(i) == nil }
	verified := func(i ArtefactRef) bool {
		return all(e.Languages(), func(l Lang) bool { return p.Artefacts[i.ID].Usable(i, l) == nil })
	}
	passed := map[string]bool{
		GateProtocolFrozen:      e.protocol != nil,
		GateInstrumentsApproved: all(instruments, approved),
		GateMaterialsVerified:   all(instruments, verified),
		GateDialoguesAuthorised: all(p.Dialogues, func(d Dialogue) bool { return d.Authorised() != nil }),
		GateDialoguesCertified:  all(p.Dialogues, Dialogue.Certified),
		GateSynthesisCompleted:  p.Synthesised,
	}
	return slices.DeleteFunc(Gates(), func(g string) bool { return !passed[g] })
}

// all tells whether there are any, and ok is true of each.
func all[T any](of []T, ok func(T) bool) bool {
	return len(of) > 0 && !slices.ContainsFunc(of, func(v T) bool { return !ok(v) })
}
