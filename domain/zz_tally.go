package domain

// Tally stands for the state of a tally stream.
type Tally struct{}

// Evolve folds one event.
func (t Tally) Evolve(Event) Tally { return t }

// Reconciled tells whether the numbers of a question are settled.
func (t Tally) Reconciled(Wave, ArtefactRef) bool { return false }

// TallyStream is the stream of the tallies of one session of a dialogue.
func TallyStream(d DialogueID, s SessionID) StreamID {
	return StreamName("tally", string(d), string(s))
}
