package process

import (
	"slices"

	"daybook.internal/domain"
)

// A Dossier is what the record says of one dialogue, as far as whoever prepares, closes or certifies it has to know. It is a fold of facts in ledger
// order, and reads the types that Reads names.
type Dossier struct {
	dialogue   domain.DialogueRegistered
	protocol   bool
	quota      bool
	authorised *domain.DialogueAuthorised
	certified  bool
	topics     map[domain.TopicID]domain.DialogueID // whose they are, empty for everybody's
	planned    []domain.SessionDefined
	artefacts  map[domain.ArtefactRef]*artefact
	consent    []domain.ArtefactRef // versions of consent texts, in their order
	partners   map[domain.PartnerID]domain.Partner
	sessions   []sitting
	tables     []domain.TableFormed
	deviations []string
	findings   []domain.FindingID
	sheets     map[poll]map[domain.TableID]map[domain.Entry]domain.TallySheetRecorded
	settled    map[poll]bool
	graph      Graph
	streams    map[domain.StreamID]domain.RecommendationID
	sources    map[domain.RecommendationID][]domain.Source
	mine       map[domain.RecommendationID]bool // drafted in this dialogue
}

type artefact struct {
	Instrument
	asks bool // it is a question
}

// sitting is a session that was opened.
type sitting struct {
	domain.SessionOpened
	closed bool
}

// poll is a question put in one wave of one session.
type poll struct {
	session  domain.SessionID
	wave     domain.Wave
	question domain.ArtefactRef
}

// NewDossier is the empty dossier of a dialogue that is registered.
func NewDossier(r domain.DialogueRegistered) *Dossier {
	return &Dossier{
		dialogue: r, topics: map[domain.TopicID]domain.DialogueID{}, artefacts: map[domain.ArtefactRef]*artefact{}, partners: map[domain.PartnerID]domain.Partner{},
		sheets: map[poll]map[domain.TableID]map[domain.Entry]domain.TallySheetRecorded{}, settled: map[poll]bool{},
		streams: map[domain.StreamID]domain.RecommendationID{}, sources: map[domain.RecommendationID][]domain.Source{},
		mine: map[domain.RecommendationID]bool{},
	}
}

var reads = typesOf(
	domain.ProtocolFrozen{}, domain.TopicAdded{}, domain.SessionDefined{}, domain.ArtefactVersionAdded{}, domain.ArtefactApproved{}, domain.TranslationVerified{},
	domain.ArtefactWithdrawn{}, domain.PartnerAdmitted{}, domain.TrainingCompleted{}, domain.PartnershipEnded{}, domain.QuotaPlanSet{}, domain.DialogueAuthorised{},
	domain.SessionOpened{}, domain.SessionClosed{}, domain.DeviationReported{}, domain.DialogueCertified{}, domain.TableFormed{}, domain.TallySheetRecorded{},
	domain.TallyReconciled{}, domain.RecommendationDrafted{}, domain.RecommendationRevised{}, domain.RecommendationDecided{}, domain.SynthesisCompleted{},
	domain.AuditFindingRaised{}, domain.AuditFindingResolved{},
)

func typesOf(events ...domain.Event) map[string]bool {
	types := map[string]bool{}
	for _, e := range events {
		types[domain.TypeOf(e)] = true
	}
	return types
}

// Reads tells whether a dossier looks at records of a type; the others need not be decoded for it.
func Reads(typ string) bool { return reads[typ] }

// Add takes a fact in. What belongs to other editions and dialogues changes nothing.
func (d *Dossier) Add(f domain.Fact) {
	if f.Meta.Source != d.dialogue.Edition {
		return
	}
	switch e := f.Event.(type) {
	case domain.ProtocolFrozen:
		d.protocol = true
	case domain.TopicAdded:
		d.topics[e.Topic] = e.Dialogue
	case domain.SessionDefined:
		d.planned = append(d.planned, e)
	case domain.ArtefactVersionAdded, domain.ArtefactApproved, domain.TranslationVerified, domain.ArtefactWithdrawn:
		d.addArtefact(f.Event)
	case domain.PartnerAdmitted:
		d.partners[e.Partner] = d.partners[e.Partner].Evolve(e)
	case domain.TrainingCompleted:
		d.partners[e.Partner] = d.partners[e.Partner].Evolve(e)
	case domain.PartnershipEnded:
		d.partners[e.Partner] = d.partners[e.Partner].Evolve(e)
	case domain.RecommendationDrafted, domain.RecommendationRevised, domain.RecommendationDecided, domain.SynthesisCompleted:
		d.addRecommendation(f)
	case domain.AuditFindingRaised:
		if slices.Contains(e.Dialogues, d.dialogue.Dialogue) {
			d.findings = append(d.findings, e.Finding)
		}
	case domain.AuditFindingResolved:
		d.findings = slices.DeleteFunc(d.findings, func(id domain.FindingID) bool { return id == e.Finding })
	}
	if f.Meta.Dialogue == d.dialogue.Dialogue {
		d.addDay(f.Event)
	}
}

func (d *Dossier) addArtefact(ev domain.Event) {
	switch e := ev.(type) {
	case domain.ArtefactVersionAdded:
		ref := domain.ArtefactRef{ID: e.Artefact, Version: e.Version}
		d.artefacts[ref] = &artefact{Instrument{Ref: ref, SourceLang: e.SourceLang}, e.Question != nil}
		if e.Kind == domain.ConsentTextArtefact {
			d.consent = append(d.consent, ref)
		}
	case domain.ArtefactApproved:
		if a := d.artefacts[domain.ArtefactRef{ID: e.Artefact, Version: e.Version}]; a != nil {
			a.Approved = true
		}
	case domain.TranslationVerified:
		if a := d.artefacts[domain.ArtefactRef{ID: e.Artefact, Version: e.Version}]; a != nil {
			a.Verified = append(a.Verified, e.Lang)
		}
	case domain.ArtefactWithdrawn:
		if a := d.artefacts[domain.ArtefactRef{ID: e.Artefact, Version: e.Version}]; a != nil {
			a.Approved = false
		}
	}
}

// addDay takes in what happens in the dialogue itself.
func (d *Dossier) addDay(ev domain.Event) {
	switch e := ev.(type) {
	case domain.QuotaPlanSet:
		d.quota = true
	case domain.DialogueAuthorised:
		d.authorised = &e
	case domain.SessionOpened:
		d.sessions = append(d.sessions, sitting{SessionOpened: e})
	case domain.SessionClosed:
		for i := range d.sessions {
			d.sessions[i].closed = d.sessions[i].closed || d.sessions[i].Session == e.Session
		}
	case domain.DeviationReported:
		if e.Severity == domain.Major {
			d.deviations = append(d.deviations, e.Rule)
		}
	case domain.DialogueCertified:
		d.certified = true
	case domain.TableFormed:
		d.tables = append(d.tables, e)
	case domain.TallySheetRecorded:
		at := poll{e.Session, e.Wave, e.Question}
		if d.sheets[at] == nil {
			d.sheets[at] = map[domain.TableID]map[domain.Entry]domain.TallySheetRecorded{}
		}
		if d.sheets[at][e.Table] == nil {
			d.sheets[at][e.Table] = map[domain.Entry]domain.TallySheetRecorded{}
		}
		d.sheets[at][e.Table][e.Entry] = e
	case domain.TallyReconciled:
		d.settled[poll{e.Session, e.Wave, e.Question}] = true
	}
}

func (d *Dossier) addRecommendation(f domain.Fact) {
	switch e := f.Event.(type) {
	case domain.RecommendationDrafted:
		d.streams[f.Stream] = e.Recommendation
		d.mine[e.Recommendation] = f.Meta.Dialogue == d.dialogue.Dialogue
		d.graph.Nodes = append(d.graph.Nodes, Node{Recommendation: e.Recommendation, Level: e.Level})
		d.stand(e.Recommendation, e.Sources, nil)
	case domain.RecommendationRevised:
		d.stand(e.Recommendation, e.SourcesAdded, e.SourcesRemoved)
	case domain.RecommendationDecided:
		for i := range d.graph.Nodes {
			if n := &d.graph.Nodes[i]; n.Recommendation == e.Recommendation {
				n.Outcome = e.Outcome
			}
		}
	case domain.SynthesisCompleted:
		for _, u := range e.Unused {
			d.graph.Unused = append(d.graph.Unused, u.Recommendations...)
		}
	}
}

// stand sorts what a recommendation stands on into other recommendations and what was said or answered.
func (d *Dossier) stand(id domain.RecommendationID, added, removed []domain.Source) {
	sources := slices.DeleteFunc(d.sources[id], func(s domain.Source) bool { return slices.Contains(removed, s) })
	d.sources[id] = append(sources, added...)
	for i := range d.graph.Nodes {
		n := &d.graph.Nodes[i]
		if n.Recommendation != id {
			continue
		}
		n.Below, n.Grounded = nil, false
		for _, s := range d.sources[id] {
			if below, ok := d.streams[s.Ref.Stream]; ok {
				n.Below = append(n.Below, below)
			} else {
				n.Grounded = true
			}
		}
	}
}
