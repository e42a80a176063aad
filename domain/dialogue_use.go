package domain

// Uses tells whether an open session of the dialogue uses a version of an artefact, and whether one uses another version of it.
func (d Dialogue) Uses(ref ArtefactRef) (this, other bool) {
	for _, id := range sortedKeys(d.sessions) {
		s := d.sessions[id]
		if s.closed != nil {
			continue
		}
		for _, i := range s.Instruments {
			this = this || i == ref
			other = other || (i.ID == ref.ID && i != ref)
		}
	}
	return this, other
}
