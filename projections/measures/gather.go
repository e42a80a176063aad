package measures

import (
	"slices"
	"strings"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// Gathering says whose people a document is about: those of one dialogue, or of all dialogues of one sample type in an edition. People of different sample
// types are never added.
type Gathering struct {
	Edition    domain.EditionID  `json:"edition"`
	Dialogue   domain.DialogueID `json:"dialogue,omitempty"` // absent: all of the sample type
	Place      domain.Place      `json:"place"`              // world: all of the sample type
	SampleType domain.SampleType `json:"sampleType"`
	Dialogues  int               `json:"dialogues"`
}

// dialogues are those that are registered, by id; of one edition where one is named.
func (in *Inputs) dialogues(edition domain.EditionID) []*projections.DialogueDoc {
	var all []*projections.DialogueDoc
	for _, key := range in.keysOf(projections.Dialogue) {
		if d := document[projections.DialogueDoc](in, projections.Dialogue, key); d != nil && d.Edition != "" && (edition == "" || d.Edition == edition) {
			all = append(all, d)
		}
	}
	return all
}

// gatherings are the keys of a view with one document for every dialogue, edition/dialogue, and one for all of each sample type, edition/world/sampleType. With
// more, each of them is followed by the parts that it gives.
func (in *Inputs) gatherings(more func([]*projections.DialogueDoc) []string) []string {
	if more == nil {
		more = func([]*projections.DialogueDoc) []string { return []string{""} }
	}
	keys, worlds := []string{}, map[string][]*projections.DialogueDoc{}
	add := func(key string, of []*projections.DialogueDoc) {
		for _, part := range more(of) {
			keys = append(keys, strings.TrimSuffix(key+"/"+part, "/"))
		}
	}
	for _, d := range in.dialogues("") {
		add(string(d.Edition)+"/"+string(d.Dialogue), []*projections.DialogueDoc{d})
		world := string(d.Edition) + "/" + string(World) + "/" + string(d.SampleType)
		worlds[world] = append(worlds[world], d)
	}
	for world, of := range worlds {
		add(world, of)
	}
	slices.Sort(keys)
	return keys
}

// gather takes a key of gatherings apart: whose people they are, their dialogues by id, and what follows in the key.
func (in *Inputs) gather(key string, h *Head) (Gathering, []*projections.DialogueDoc, string, error) {
	edition, rest, _ := strings.Cut(key, "/")
	who, rest, _ := strings.Cut(rest, "/")
	g := Gathering{Edition: domain.EditionID(edition)}
	var of []*projections.DialogueDoc
	if who == string(World) {
		var sample string
		sample, rest, _ = strings.Cut(rest, "/")
		g.Place, g.SampleType = World, domain.SampleType(sample)
		for _, d := range in.dialogues(g.Edition) {
			if d.SampleType == g.SampleType {
				of = append(of, d)
			}
		}
	} else if d := document[projections.DialogueDoc](in, projections.Dialogue, who); d != nil && d.Edition == g.Edition {
		g.Dialogue, g.Place, g.SampleType = d.Dialogue, d.Place, d.SampleType
		of = append(of, d)
	}
	if g.Dialogues = len(of); len(of) == 0 || edition == "" {
		return g, nil, "", ErrNoDocument
	}
	in.warnOfSample(g.SampleType, h)
	return g, of, rest, nil
}

// chamberOf is the chamber whose people a dialogue is held for.
func chamberOf(t domain.SampleType) domain.Chamber {
	if t == domain.StakeholderSample {
		return domain.StakeholderChamber
	}
	return domain.CitizenChamber
}

// room is the people of a dialogue who answered, under their pseudonyms; nil where nobody did.
func (in *Inputs) room(id domain.DialogueID) *Room {
	r := in.s.rooms[id]
	if r == nil {
		in.read(&in.s.met)
		return nil
	}
	in.read(&r.at)
	return r
}

// A poll is one sheet of a room, and the question on it.
type poll struct {
	Asked
	question *domain.Question
	sheet    *Sheet
}

// polls are the sheets of a room, in the order of what was asked.
func (in *Inputs) polls(r *Room) []poll {
	if r == nil {
		return nil
	}
	polls := make([]poll, 0, len(r.asked))
	for _, a := range r.asked {
		if q := in.question(a.Question); q != nil {
			polls = append(polls, poll{a, q, r.sheets[a]})
		}
	}
	return polls
}
