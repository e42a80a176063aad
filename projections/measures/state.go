package measures

import (
	"slices"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// State is everything that measures are computed from, as it stands after Position records of the ledger: the documents of the views, what the protocol froze,
// and who answered what, under pseudonyms. It grows with people and their answers, not with the ledger: answers that were replaced are gone from it.
//
// It belongs to one goroutine at a time.
type State struct {
	position  uint64
	fold      *projections.Fold
	editions  map[domain.EditionID]*edition
	dialogues map[domain.DialogueID]*dialogue
	questions map[domain.ArtefactRef]*question
	pools     map[Asked]*Pool
	polling   map[sitting]bool // the sessions in which people answer
	order     []Asked          // the keys of pools
	rooms     map[domain.DialogueID]*Room
	talks     map[domain.ConversationID]*Talk
	asked     uint64 // the last question that came to be known
	answered  uint64 // the last pool that came to be known
	talked    uint64 // the last conversation that came to be known
	met       uint64 // the last room that came to be known

	crowds     map[domain.DialogueID]*crowd
	diaries    map[domain.EditionID]*diary
	annals     map[domain.EditionID]*annals
	partners   map[string]*partner // by projections.PartnerKey
	texts      map[domain.EditionID]*texts
	gathered   uint64 // the last crowd that came to be known
	chronicled uint64 // the last edition that came to have annals

	traces   map[traced]*page
	mandates map[domain.EditionID]*mandate
	reviews  map[domain.ArtefactRef]*reviewed
	welcomes map[domain.DialogueID]*welcome
	bases    map[domain.StreamID]domain.StreamID // on which recommendations may stand: see stand
	opened   uint64                              // the last page of traces that came to be known
	based    uint64                              // the last of bases that did

	codebooks  map[Framed]*Codebook
	frames     map[domain.ArtefactRef]*frame
	sheets     map[domain.StreamID]*sheets // of tables
	codedFirst uint64                      // the last codebook that came to be known
	framed     uint64                      // the last coding frame that came to be known
	written    uint64                      // the last worksheet

	grounds   map[domain.StreamID]*ground
	libraries map[domain.EditionID]*library
	grounded  uint64 // the last ground that came to be known

	looked   map[projections.Ref]*looked // documents that indicators look at
	profiles map[profiled]candidates     // that were looked for
	versions map[string]int              // of the documents of every view there is
}

// edition is what was planned for one.
type edition struct {
	protocol *domain.ProtocolFrozen // the last one; nil: not frozen
	at       uint64
}

// dialogue is where one takes place and whom it shall mirror.
type dialogue struct {
	frame projections.Frame
	plan  *domain.QuotaPlanSet // nil: nobody in particular
	at    uint64
}

type question struct {
	*domain.Question
	at uint64
}

// NewState is the State before the first record.
func NewState() *State {
	return &State{
		fold: projections.NewFold(read(), nil), editions: map[domain.EditionID]*edition{},
		dialogues: map[domain.DialogueID]*dialogue{}, questions: map[domain.ArtefactRef]*question{}, pools: map[Asked]*Pool{}, polling: map[sitting]bool{}, rooms: map[domain.DialogueID]*Room{},
		talks: map[domain.ConversationID]*Talk{}, crowds: map[domain.DialogueID]*crowd{}, diaries: map[domain.EditionID]*diary{}, annals: map[domain.EditionID]*annals{},
		partners: map[string]*partner{}, texts: map[domain.EditionID]*texts{}, traces: map[traced]*page{}, mandates: map[domain.EditionID]*mandate{},
		reviews: map[domain.ArtefactRef]*reviewed{}, welcomes: map[domain.DialogueID]*welcome{}, bases: map[domain.StreamID]domain.StreamID{},
		codebooks: map[Framed]*Codebook{}, frames: map[domain.ArtefactRef]*frame{}, sheets: map[domain.StreamID]*sheets{},
		grounds: map[domain.StreamID]*ground{}, libraries: map[domain.EditionID]*library{},
		looked: map[projections.Ref]*looked{}, profiles: map[profiled]candidates{}, versions: versions(),
	}
}

// read are the views that measures read: all but those of answers and reactions, which measures count their own way.
func read() []projections.View {
	return slices.DeleteFunc(projections.All(), func(v projections.View) bool {
		return v.Name == projections.Answers.Name || v.Name == projections.Country.Name || v.Name == projections.Global.Name
	})
}

// versions are those of the documents of all views, of both packages. What a manifest says of them cannot ask All, in which the manifest itself stands.
func versions() map[string]int {
	of := map[string]int{}
	for _, v := range projections.All() {
		of[v.Name] = v.Version
	}
	for _, v := range All() {
		of[v.Name] = v.Version
	}
	return of
}

// Position is the number of records that were applied.
func (s *State) Position() uint64 { return s.position }

// Apply folds one fact, in ledger order. After an error the State is of no more use.
func (s *State) Apply(f domain.Fact) error {
	if err := s.fold.Apply(f); err != nil {
		return err
	}
	s.position = f.Seq + 1
	s.note(&f)
	s.chronicle(&f)
	s.consent(&f)
	s.carry(&f)
	s.trace(&f)
	s.design(&f)
	s.coded(&f)
	s.stands(&f)
	switch e := f.Event.(type) {
	case domain.ProtocolFrozen:
		s.edition(e.Edition).protocol, s.edition(e.Edition).at = &e, s.position
	case domain.DialogueRegistered:
		d := s.dialogue(e.Dialogue)
		d.frame, d.at = projections.FrameOf(e), s.position
	case domain.QuotaPlanSet:
		d := s.dialogue(e.Dialogue)
		d.plan, d.at = &e, s.position
	case domain.ArtefactVersionAdded:
		if e.Question != nil {
			s.questions[domain.ArtefactRef{ID: e.Artefact, Version: e.Version}] = &question{e.Question, s.position}
			s.asked = s.position
		}
	case domain.SessionOpened:
		s.opens(e.Dialogue, e.Session)
	case domain.SessionClosed:
		s.closes(e.Dialogue, e.Session)
	case domain.BallotCast:
		s.cast(&e)
	case domain.BallotVoided:
		s.void(&e)
	case domain.StatementPosted:
		s.talk(&f, e.Conversation).statement(e.Statement)
	case domain.StatementModerated:
		s.talk(&f, e.Conversation)
	case domain.StatementLinked:
		t := s.talk(&f, e.Conversation)
		t.links[e.Statement] = append(t.links[e.Statement], Link{e.Relation, e.Target})
	case domain.ReactionCast:
		s.talk(&f, e.Conversation).react(&e)
	}
	return nil
}

func (s *State) edition(id domain.EditionID) *edition {
	e := s.editions[id]
	if e == nil {
		e = &edition{}
		s.editions[id] = e
	}
	return e
}

func (s *State) dialogue(id domain.DialogueID) *dialogue {
	d := s.dialogues[id]
	if d == nil {
		d = &dialogue{}
		s.dialogues[id] = d
	}
	return d
}
