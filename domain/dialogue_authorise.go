package domain

import "slices"

// The rules that a waiver can lift.
const (
	WaiveProtocol  = "protocol"    // the dialogue takes place without a frozen protocol
	WaiveSize      = "plannedSize" // fewer than 50 or more than 200 people
	WaiveTableSize = "tableSize"   // a table of fewer than 5 or more than 8 people
)

func checkWaivers(waivers []Waiver) error {
	for _, w := range waivers {
		if w.Rule == "" || w.Reason == "" || w.ApprovedBy == "" {
			return reject(ErrInvalidField, "a waiver has a rule, a reason and somebody who approved it")
		}
	}
	return nil
}

func waived(rule string, waivers []Waiver) bool {
	return slices.ContainsFunc(waivers, func(w Waiver) bool { return w.Rule == rule })
}

// maxTable and minTable are the sizes of a table.
const (
	minTable = 5
	maxTable = 8
)

// Authorise lets the dialogue take place. held is the partner that holds it; used has the state of every artefact that the edition's sessions use, and of
// the consent text.
func (d Dialogue) Authorise(a DialogueAuthorised, in Edition, held Partner, used map[ArtefactID]Artefact) ([]Event, error) {
	if d.registered == nil {
		return nil, d.unknown()
	}
	if d.authorised != nil && same(*d.authorised, a) {
		return nil, nil
	}
	if err := checkWaivers(a.Waivers); err != nil {
		return nil, err
	}
	size, sample := d.registered.PlannedSize, d.registered.SampleType
	switch p := in.Protocol(); {
	case d.authorised != nil:
		return nil, reject(ErrDuplicate, "the dialogue is authorised already")
	case p == nil && !waived(WaiveProtocol, a.Waivers):
		return nil, reject(ErrNotApproved, "the protocol of the edition is not frozen")
	case p != nil && a.MethodVersion != p.MethodVersion:
		return nil, reject(ErrNotApproved, "the frozen method version is %d, not %d", p.MethodVersion, a.MethodVersion)
	case (sample == Sortition || sample == Quota) && (size < 50 || size > 200) && !waived(WaiveSize, a.Waivers):
		return nil, reject(ErrNotApproved, "a %s dialogue is planned for 50 to 200 people, not %d", sample, size)
	}
	for _, ref := range in.InstrumentsOf(d.registered.Dialogue) {
		if err := d.usable(ref, used); err != nil {
			return nil, err
		}
	}
	if err := first(d.trained(held), d.consentText(a.ConsentText, used)); err != nil {
		return nil, err
	}
	return []Event{a}, nil
}

// usable rejects an artefact that may not be put before people in every language of the dialogue.
func (d Dialogue) usable(ref ArtefactRef, used map[ArtefactID]Artefact) error {
	for _, lang := range d.registered.Languages {
		if err := used[ref.ID].Usable(ref, lang); err != nil {
			return err
		}
	}
	return nil
}

// trained rejects a dialogue that lacks facilitators. Where everybody may come as they like, nobody sits at a table.
func (d Dialogue) trained(held Partner) error {
	if d.registered.SampleType == OpenOnline {
		return nil
	}
	heads, tables := held.TrainedFor(HeadFacilitator, d.registered.Date), held.TrainedFor(TableFacilitator, d.registered.Date)
	switch need := (d.registered.PlannedSize + maxTable - 1) / maxTable; {
	case heads == 0:
		return reject(ErrNotTrained, "nobody is trained as head facilitator")
	case tables < need:
		return reject(ErrNotTrained, "%d people are trained as table facilitators, %d people need %d", tables, d.registered.PlannedSize, need)
	}
	return nil
}

func (d Dialogue) consentText(ref ArtefactRef, used map[ArtefactID]Artefact) error {
	if ref == (ArtefactRef{}) {
		if d.registered.SampleType == OpenOnline {
			return nil
		}
		return reject(ErrNotApproved, "the dialogue has no consent text")
	}
	if err := ref.Check(); err != nil {
		return err
	}
	if kind := used[ref.ID].Kind(ref); kind != ConsentTextArtefact {
		return reject(ErrUnknownRef, "artefact %s version %d is a %q, not a consent text", ref.ID, ref.Version, kind)
	}
	return d.usable(ref, used)
}

// sessionsOf are the sessions in which a dialogue takes part, by id: those whose topic does not belong to another dialogue.
func (e Edition) sessionsOf(d DialogueID) []SessionDefined {
	var sessions []SessionDefined
	for _, id := range sortedKeys(e.sessions) {
		if s := e.sessions[id]; e.concerns(s, d) {
			sessions = append(sessions, s)
		}
	}
	return sessions
}

// concerns tells whether the topic of a session is not another dialogue's.
func (e Edition) concerns(s SessionDefined, d DialogueID) bool {
	of := e.topics[s.Topic].Dialogue
	return of == "" || of == d
}

// InstrumentsOf are the artefacts used in the sessions of a dialogue, each once.
func (e Edition) InstrumentsOf(d DialogueID) []ArtefactRef {
	var refs []ArtefactRef
	for _, s := range e.sessionsOf(d) {
		for _, i := range s.Instruments {
			if !slices.Contains(refs, i.Artefact) {
				refs = append(refs, i.Artefact)
			}
		}
	}
	return refs
}
