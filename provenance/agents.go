package provenance

import (
	"slices"

	"daybook.internal/domain"
)

// No person is an agent here. Who acted is told as the role in which it was done and the partner for whom; people in a room are the room or their table. The
// principals stand in the published record, in the event that every node names.

// associate says who had a part in an activity by an event, and by which plan.
func (b *builder) associate(a *Activity, f *domain.Fact) {
	plan := b.plan(f)
	role := f.Meta.Actor.Role
	b.g.Associations = append(b.g.Associations, Association{a.ID, b.actor(f), role, plan})
	switch e := f.Event.(type) {
	case domain.TableFormed:
		b.g.Associations = append(b.g.Associations, Association{a.ID, b.table(f), domain.Participant, plan})
	case domain.EndorsementOpened:
		for _, c := range e.Chambers {
			b.g.Associations = append(b.g.Associations, Association{a.ID, b.room(f, c.Chamber), domain.Participant, plan})
		}
	}
}

// attribute says whose an entity is.
func (b *builder) attribute(n *Node, f *domain.Fact) {
	agent := b.actor(f)
	switch e := f.Event.(type) {
	case domain.StatementPosted:
		if !e.Seed {
			agent = b.room(f, "")
		}
	case domain.TableOutputRecorded:
		agent = b.table(f)
	case domain.TallyReconciled:
		b.ballots(n, f, e)
	case domain.ResponseReceived:
		agent = b.agent(ID("ag:"+domain.StreamName("addressee", string(e.Submission))), f, "prov:Agent", "db:Addressee")
	}
	b.g.Attributions = append(b.g.Attributions, Attribution{n.ID, agent})
}

// ballots adds the answers that a result was counted from: all of them together, which were given in the session.
func (b *builder) ballots(result *Node, f *domain.Fact, e domain.TallyReconciled) {
	s, ok := b.x.sessions[sitting{e.Dialogue, e.Session}]
	all := Node{ID: ID("ballots:" + versionOf(f).String()), Types: []ID{"prov:Collection", "db:Ballots"}, Event: EventRef{f.Seq, f.ID}}
	all.attr("countedFrom", string(e.Source))
	b.g.Entities = append(b.g.Entities, all)
	b.g.Attributions = append(b.g.Attributions, Attribution{all.ID, b.room(f, "")})
	act := activityID(b.began(f))
	b.g.Derivations = append(b.g.Derivations, Derivation{result.ID, all.ID, []ID{"prov:PrimarySource"}, "", act})
	b.g.Usages = append(b.g.Usages, Usage{act, all.ID})
	if !ok || s.opened.Seq >= f.Seq {
		return
	}
	id := activityID(versionOf(&s.opened))
	if b.activities[id] == nil {
		a := &Activity{Node: Node{ID: id, Types: []ID{kindOf(s.opened.Event)}, Event: EventRef{s.opened.Seq, s.opened.ID}}, Started: happened(&s.opened)}
		a.attr("eventType", domain.TypeOf(s.opened.Event))
		a.attr("dialogue", string(e.Dialogue))
		a.attr("session", string(e.Session))
		if s.closed != nil && s.closed.Seq < b.at {
			a.Ended, a.EndEvent = happened(s.closed), &EventRef{s.closed.Seq, s.closed.ID}
		}
		b.activities[id] = a
		b.associate(a, &s.opened)
	}
	b.g.Generations = append(b.g.Generations, Generation{Entity: all.ID, Activity: id})
}

// actor is the role in which somebody acted, for a partner where they acted for one. Participants are those of the dialogue.
func (b *builder) actor(f *domain.Fact) ID {
	actor := f.Meta.Actor
	if actor.Role == domain.Participant {
		return b.room(f, "")
	}
	id, types := ID("ag:"+string(actor.Role)), []ID{"prov:Agent"}
	if actor.Partner != "" {
		id += "/" + ID(actor.Partner)
	}
	if actor.Role == domain.Importer || actor.Role == domain.Notary {
		types = []ID{"prov:SoftwareAgent"}
	}
	id = b.agent(id, f, append(types, "db:Role")...)
	if actor.Partner != "" {
		b.g.Delegations = append(b.g.Delegations, Delegation{id, b.partner(f, actor.Partner)})
	}
	return id
}

func (b *builder) partner(f *domain.Fact, id domain.PartnerID) ID {
	by := f
	if admitted, ok := b.x.partners[partnership{f.Meta.Source, id}]; ok && admitted.Seq < b.at {
		by = &admitted
	}
	return b.agent(ID("ag:"+domain.StreamName("partner", string(id))), by, "prov:Organization", "db:Partner")
}

// room is everybody who takes part in a dialogue, or in one of its chambers; without a dialogue, in the edition.
func (b *builder) room(f *domain.Fact, chamber domain.Chamber) ID {
	parts := []string{string(f.Meta.Dialogue)}
	if f.Meta.Dialogue == "" {
		parts = []string{string(f.Meta.Source)}
	}
	if chamber != "" {
		parts = append(parts, string(chamber))
	}
	return b.agent(ID("ag:"+domain.StreamName("participants", parts...)), f, "prov:Agent", "db:Participants")
}

func (b *builder) table(f *domain.Fact) ID {
	return b.agent(ID("ag:"+f.Stream), f, "prov:Agent", "db:Table")
}

// agent adds an agent, or gives the one that is there.
func (b *builder) agent(id ID, f *domain.Fact, types ...ID) ID {
	if b.agents[id] == nil {
		n := &Node{ID: id, Types: types, Event: EventRef{f.Seq, f.ID}}
		if d, ok := b.x.dialogues[f.Meta.Dialogue]; ok && slices.Contains(types, "db:Participants") {
			n.attr("place", string(d.place))
		}
		b.agents[id] = n
	}
	return id
}

// plan is the protocol that was frozen last before an event.
func (b *builder) plan(f *domain.Fact) (id ID) {
	for _, p := range b.x.plans[f.Meta.Source] {
		if p.Seq >= f.Seq {
			break
		}
		id = versionID(versionOf(&p))
		if !b.frame[id] {
			b.frame[id] = true
			n := Node{ID: id, Types: []ID{"prov:Plan", "db:Protocol"}, Event: EventRef{p.Seq, p.ID}, At: happened(&p)}
			e := p.Event.(domain.ProtocolFrozen)
			n.attr("eventType", domain.TypeOf(p.Event))
			n.attr("methodVersion", e.MethodVersion)
			n.attr("document", []string{e.AnalysisPlan.Digest.String(), e.CodingPlan.Digest.String()})
			b.g.Entities = append(b.g.Entities, n)
		}
	}
	return id
}
