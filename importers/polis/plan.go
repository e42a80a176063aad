package polis

import (
	"crypto/sha256"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/vault"
)

// The mapping: which event each row becomes. docs/import.md is the same in words.
var mapping = domain.Mapping{Name: "polis", Version: 1}

// importer acts in every imported event; waiver is why an imported dialogue needs no frozen protocol here.
var (
	importer = domain.Actor{Role: domain.Importer, Principal: "polis"}
	waiver   = domain.Waiver{Rule: domain.WaiveProtocol, Reason: "imported: the dialogue took place elsewhere", ApprovedBy: "polis"}
)

// maxRun is the most events of one stream that are appended together.
const maxRun = 200

// plan is what an export becomes: a pure function of the export and the options, so that the same export planned again gives the same
// events under the same ids, and the ledger tells what it has already.
type plan struct {
	export   *Export
	opts     Options
	conv     domain.ConversationID
	dialogue domain.DialogueID
	recorded domain.ImportRecorded
	command  string
	cause    domain.EventID // of the ImportRecorded
	opened   domain.Time    // when the first thing happened, 0 where that is not known
	closed   domain.Time    // when the last thing happened

	words   []vault.Words
	batches []ledger.Batch

	commitments []domain.Commitment // of words, in their order
	state       domain.Dialogue
	statements  map[string]domain.Statement
	reactions   map[string]domain.Reactions
	versions    map[domain.StreamID]uint64
}

func newPlan(x *Export) (*plan, error) {
	p := &plan{
		export: x, conv: domain.ConversationID(x.Name), dialogue: domain.DialogueID(x.Name),
		statements: map[string]domain.Statement{}, reactions: map[string]domain.Reactions{}, versions: map[domain.StreamID]uint64{},
	}
	if err := domain.CheckID("conversation (the directory's name)", p.conv); err != nil {
		return nil, err
	}
	id := domain.NewImportID(x.Digest, mapping)
	p.command = "polis/" + string(id)
	p.cause = domain.NewEventID(p.command, domain.ImportStream(id), 0)
	p.recorded = domain.ImportRecorded{
		Import:  id,
		Source:  domain.ImportSource{Name: x.Name, URI: x.Summary.URL, Digest: x.Digest},
		Mapping: mapping, Read: map[string]int{"comments": x.Read.Comments, "votes": x.Read.Votes}, Skipped: x.Skipped, Conversation: p.conv,
	}
	for _, c := range x.Comments {
		stream := domain.StatementStream(p.conv, domain.StatementID(c.ID))
		p.words = append(p.words, vault.Words{
			Place: vault.Place{Event: domain.NewEventID(p.command, stream, 0), Field: "text"}, Subject: stream, Words: []byte(c.Text),
		})
		p.span(c.Time)
	}
	for _, v := range x.Votes {
		p.span(v.Time)
	}
	return p, nil
}

func (p *plan) span(at int64) {
	if t := domain.Time(at); t != 0 {
		if p.opened == 0 || t < p.opened {
			p.opened = t
		}
		p.closed = max(p.closed, t)
	}
}

// build makes the batches in the order in which things happened. commitments are those of p.words.
func (p *plan) build(meta domain.Meta, edition domain.Edition, commitments []domain.Commitment) error {
	p.commitments = commitments
	meta.Dialogue, meta.Causation = p.dialogue, &p.cause
	if err := p.begin(meta, edition); err != nil {
		return err
	}
	next, byID := 0, make(map[string]int, len(p.export.Comments))
	for i, c := range p.export.Comments {
		byID[c.ID] = i
	}
	for _, v := range p.export.Votes {
		if p.export.MatrixOnly { // without times, everything stands before the votes
			v.Time = int64(p.closed)
		}
		for next < len(p.export.Comments) && p.export.Comments[next].Time <= v.Time {
			if err := p.post(meta, next); err != nil {
				return err
			}
			next++
		}
		if err := p.post(meta, byID[v.Comment]); err != nil { // clocks may disagree: nobody votes on what is not there
			return err
		}
		if err := p.react(meta, v); err != nil {
			return err
		}
	}
	for i := range p.export.Comments {
		if err := p.post(meta, i); err != nil {
			return err
		}
	}
	for _, c := range p.export.Comments { // when it was moderated is not told: it was by the time of the export
		if err := p.moderate(meta, c); err != nil {
			return err
		}
	}
	return p.end(meta)
}

func (p *plan) begin(meta domain.Meta, edition domain.Edition) error {
	r := domain.DialogueRegistered{
		Dialogue: p.dialogue, Edition: p.opts.Edition, Place: p.opts.Place, Partner: "polis", Mode: domain.OnlineMode,
		SampleType: domain.OpenOnline, Languages: []domain.Lang{p.opts.Lang},
	}
	meta.OccurredAt = p.opened
	a := domain.DialogueAuthorised{Dialogue: p.dialogue, Waivers: []domain.Waiver{waiver}}
	if frozen := edition.Protocol(); frozen != nil {
		a.MethodVersion = frozen.MethodVersion
	}
	events, err := p.state.Imported(r, a, domain.SessionOpened{Dialogue: p.dialogue, Session: domain.SessionID(p.conv), Chamber: domain.CitizenChamber}, edition)
	if err != nil {
		return err
	}
	p.state = domain.Fold(p.state, events...)
	return p.add(domain.DialogueStream(p.dialogue), meta, events)
}

// post puts comment i into the conversation unless it is there.
func (p *plan) post(meta domain.Meta, i int) error {
	c := p.export.Comments[i]
	if _, there := p.statements[c.ID]; there {
		return nil
	}
	meta.OccurredAt = domain.Time(c.Time)
	events, err := domain.Statement{}.Post(domain.StatementPosted{
		Conversation: p.conv, Statement: domain.StatementID(c.ID), Kind: domain.PlainStatement, Text: p.commitments[i],
		Lang: p.opts.Lang, Author: domain.Pseudonym(c.Author), Seed: c.Seed != nil && *c.Seed,
	}, p.state, domain.Statement{})
	if err != nil {
		return damage(commentsFile, 0, "row %d: %v", c.Row, err)
	}
	p.statements[c.ID] = domain.Fold(domain.Statement{}, events...)
	return p.add(domain.StatementStream(p.conv, domain.StatementID(c.ID)), meta, events)
}

func (p *plan) react(meta domain.Meta, v Vote) error {
	if meta.OccurredAt = domain.Time(v.Time); p.export.MatrixOnly {
		meta.OccurredAt = 0
	}
	value := domain.Pass
	switch v.Value {
	case 1:
		value = domain.Agree
	case -1:
		value = domain.Disagree
	}
	events, err := p.reactions[v.Voter].Imported(domain.ReactionCast{
		Conversation: p.conv, Respondent: domain.Pseudonym(v.Voter), Statement: domain.StatementID(v.Comment), Value: value,
	})
	if err != nil {
		return damage(votesFile, 0, "row %d: %v", v.Row, err)
	}
	p.reactions[v.Voter] = domain.Fold(p.reactions[v.Voter], events...)
	return p.add(domain.ReactionsStream(p.conv, domain.Pseudonym(v.Voter)), meta, events)
}

func (p *plan) moderate(meta domain.Meta, c Comment) error {
	decision := domain.Accept
	switch c.Moderated {
	case 0:
		return nil
	case -1:
		decision = domain.Refuse
	}
	meta.OccurredAt = 0
	events, err := p.statements[c.ID].ImportedModeration(domain.StatementModerated{
		Conversation: p.conv, Statement: domain.StatementID(c.ID), Decision: decision, ReasonCode: "imported", Moderator: "polis:moderator",
	})
	if err != nil {
		return damage(commentsFile, 0, "row %d: %v", c.Row, err)
	}
	return p.add(domain.StatementStream(p.conv, domain.StatementID(c.ID)), meta, events)
}

func (p *plan) end(meta domain.Meta) error {
	meta.OccurredAt = p.closed
	events, err := p.state.Close(domain.SessionClosed{Dialogue: p.dialogue, Session: domain.SessionID(p.conv)})
	if err != nil {
		return err
	}
	if err := p.add(domain.DialogueStream(p.dialogue), meta, events); err != nil {
		return err
	}
	p.recorded.Streams = len(p.versions)
	for _, b := range p.batches {
		p.recorded.Written += len(b.Drafts)
	}
	return nil
}

// add appends events to the plan. Neighbours of one stream share a batch.
func (p *plan) add(stream domain.StreamID, meta domain.Meta, events []domain.Event) error {
	meta.Command = p.command
	version := p.versions[stream]
	drafts, err := commands.Drafts(stream, meta, int(version), events)
	if err != nil {
		return err
	}
	p.versions[stream] = version + uint64(len(drafts))
	if n := len(p.batches); n > 0 && p.batches[n-1].Stream == stream && len(p.batches[n-1].Drafts)+len(drafts) <= maxRun {
		p.batches[n-1].Drafts = append(p.batches[n-1].Drafts, drafts...)
		return nil
	}
	p.batches = append(p.batches, ledger.Batch{Stream: stream, Version: version, Drafts: drafts})
	return nil
}

// material is the conversation's description as an artefact, nil where there is none.
func (p *plan) material() *domain.ArtefactVersionAdded {
	text := p.export.Summary.Description
	if text == "" || len(text) > domain.MaxText {
		return nil
	}
	return &domain.ArtefactVersionAdded{
		Artefact: domain.ArtefactID(p.conv), Version: 1, Kind: domain.MaterialArtefact, Body: domain.In(p.opts.Lang, text), SourceLang: p.opts.Lang,
		Content: sha256.Sum256([]byte(text)), URI: p.export.Summary.URL, Author: "polis",
	}
}
