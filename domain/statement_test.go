package domain

import "testing"

// posted is the example statement as one that stands for itself.
func posted() StatementPosted {
	return but(example[StatementPosted](), func(p *StatementPosted) { p.Kind, p.Parent, p.Seed = PlainStatement, "", false })
}

func moderated(decision Moderation, replaces StatementStatus) StatementModerated {
	return StatementModerated{
		Conversation: "dl_KE", Statement: "st_12", Decision: decision, ReasonCode: "G3", Reason: In("en", "rude"), Guideline: ArtefactRef{"ar_guide", 1}, Moderator: "mod.1", Replaces: replaces,
	}
}

// guide is the guideline of the examples.
func guide() Artefact { return approvedIn(text("ar_guide", GuideArtefact, "G1", "G3")) }

func TestStatementPost(t *testing.T) {
	t.Parallel()
	d := Fold(Dialogue{}, inSession()...)
	parent := Fold(Statement{}, but(posted(), func(p *StatementPosted) { p.Statement = "st_3" }))
	p, argument := posted(), example[StatementPosted]()
	ask := func(f func(*StatementPosted)) func(Statement) ([]Event, error) {
		return asks3(Statement.Post, but(p, f), d, Statement{})
	}
	argue := func(parent Statement, f func(*StatementPosted)) func(Statement) ([]Event, error) {
		return asks3(Statement.Post, but(argument, f), d, parent)
	}
	same := func(*StatementPosted) {}
	elsewhere := Fold(Statement{}, but(posted(), func(p *StatementPosted) { p.Conversation, p.Statement = "dl_NL", "st_3" }))
	checkRulings(t, []ruling[Statement]{
		{"posts", nil, ask(same), nil, follows(p)},
		{"argues", nil, argue(parent, same), nil, follows(argument)},
		{"was posted", follows(p), ask(same), nil, nil},
		{"was posted, session closed since", follows(p), asks3(Statement.Post, p, Fold(d, example[SessionClosed]()), Statement{}), nil, nil},
		{"was posted otherwise", follows(p), ask(func(p *StatementPosted) { p.Author = "other" }), ErrDuplicate, nil},
		{"no conversation", nil, ask(func(p *StatementPosted) { p.Conversation = "" }), ErrInvalidID, nil},
		{"no id", nil, ask(func(p *StatementPosted) { p.Statement = "" }), ErrInvalidID, nil},
		{"no author", nil, ask(func(p *StatementPosted) { p.Author = "" }), ErrInvalidID, nil},
		{"no language", nil, ask(func(p *StatementPosted) { p.Lang = "" }), ErrInvalidField, nil},
		{"unknown kind", nil, ask(func(p *StatementPosted) { p.Kind = "sigh" }), ErrInvalidField, nil},
		{"no words", nil, ask(func(p *StatementPosted) { p.Text = Commitment{} }), ErrInvalidText, nil},
		{"argument for nothing", nil, argue(Statement{}, func(p *StatementPosted) { p.Parent = "" }), ErrUnknownRef, nil},
		{"argument against nothing", nil, argue(Statement{}, func(p *StatementPosted) { p.Kind, p.Parent = ArgumentAgainst, "" }), ErrUnknownRef, nil},
		{"reply to nothing", nil, argue(Statement{}, func(p *StatementPosted) { p.Kind, p.Parent = Reply, "" }), ErrUnknownRef, nil},
		{"unknown parent", nil, argue(Statement{}, same), ErrUnknownRef, nil},
		{"parent elsewhere", nil, argue(elsewhere, same), ErrUnknownRef, nil},
		{"its own parent", nil, argue(parent, func(p *StatementPosted) { p.Parent = p.Statement }), ErrUnknownRef, nil},
		{"dialogue not registered", nil, asks3(Statement.Post, p, Dialogue{}, Statement{}), ErrUnknownRef, nil},
		{"another dialogue", nil, ask(func(p *StatementPosted) { p.Conversation = "dl_NL" }), ErrUnknownRef, nil},
		{"no session yet", nil, asks3(Statement.Post, p, Fold(Dialogue{}, authorised()...), Statement{}), ErrSessionNotOpen, nil},
		{"session closed", nil, asks3(Statement.Post, p, Fold(d, example[SessionClosed]()), Statement{}), ErrSessionClosed, nil},
	})
}

func TestStatementModerate(t *testing.T) {
	t.Parallel()
	p := posted()
	ask := func(m Moderation, changes ...func(*StatementModerated)) func(Statement) ([]Event, error) {
		c := moderated(m, "nonsense") // Replaces is set by the decision
		for _, change := range changes {
			change(&c)
		}
		return asks2(Statement.Moderate, c, guide())
	}
	bare := func(m *StatementModerated) { m.ReasonCode, m.Reason = "", LText{} }
	by := func(m Moderation, guideline Artefact, changes ...func(*StatementModerated)) func(Statement) ([]Event, error) {
		c := moderated(m, "")
		for _, change := range changes {
			change(&c)
		}
		return asks2(Statement.Moderate, c, guideline)
	}
	unguided := func(m *StatementModerated) { m.Guideline = ArtefactRef{} }
	after := func(decisions ...Moderation) []Event {
		events := follows(p)
		for _, d := range decisions {
			events = append(events, moderated(d, ""))
		}
		return events
	}
	checkRulings(t, []ruling[Statement]{
		{"accepts", after(), ask(Accept), nil, follows(moderated(Accept, Undecided))},
		{"accepts without a reason", after(), ask(Accept, bare), nil, follows(but(moderated(Accept, Undecided), bare))},
		{"is accepted", after(Accept), ask(Accept), nil, nil},
		{"is accepted by somebody else", after(Accept), ask(Accept, func(m *StatementModerated) { m.Moderator = "mod.2" }), nil, nil},
		{"hides", after(Accept), ask(Hide), nil, follows(moderated(Hide, Accepted))},
		{"restores what was hidden", after(Hide), ask(Restore), nil, follows(moderated(Restore, Hidden))},
		{"restores what was rejected", after(Refuse), ask(Restore), nil, follows(moderated(Restore, Rejected))},
		{"was restored", after(Hide, Restore), ask(Restore), nil, nil},
		{"rejects what was hidden", after(Hide), ask(Refuse), nil, follows(moderated(Refuse, Hidden))},
		{"restores what is undecided", after(), ask(Restore), ErrPhaseClosed, nil},
		{"unknown decision", after(), ask("burn"), ErrInvalidField, nil},
		{"unknown statement", nil, ask(Accept), ErrUnknownRef, nil},
		{"nobody", after(), ask(Accept, func(m *StatementModerated) { m.Moderator = "" }), ErrInvalidField, nil},
		{"its author", after(), ask(Accept, func(m *StatementModerated) { m.Moderator = string(p.Author) }), ErrSelfReview, nil},
		{"rejects without a reason code", after(), ask(Refuse, func(m *StatementModerated) { m.ReasonCode = "" }), ErrInvalidField, nil},
		{"hides without a reason code", after(), ask(Hide, func(m *StatementModerated) { m.ReasonCode = "" }), ErrInvalidField, nil},
		{"accepts without a guideline", after(), by(Accept, Artefact{}, unguided), nil, follows(but(moderated(Accept, Undecided), unguided))},
		{"rejects without a guideline", after(), by(Refuse, guide(), unguided), ErrUnknownRef, nil},
		{"hides without a guideline", after(), by(Hide, guide(), unguided), ErrUnknownRef, nil},
		{"is hidden, guideline withdrawn since", after(Hide), by(Hide, Fold(guide(), ArtefactWithdrawn{Artefact: "ar_guide", Version: 1, Reason: "r"})), nil, nil},
		{"by a guideline that is withdrawn", after(), by(Hide, Fold(guide(), ArtefactWithdrawn{Artefact: "ar_guide", Version: 1, Reason: "r"})), ErrNotApproved, nil},
		{"by a guideline that is not approved", after(), by(Hide, Fold(Artefact{}, text("ar_guide", GuideArtefact, "G3"))), ErrNotApproved, nil},
		{"by no known guideline", after(), by(Hide, Artefact{}), ErrUnknownRef, nil},
		{"by no version", after(), by(Hide, guide(), func(m *StatementModerated) { m.Guideline.Version = 0 }), ErrInvalidField, nil},
		{"by something else than a guideline", after(), by(Hide, approvedIn(text("ar_guide", CodingFrameArtefact, "G3"))), ErrUnknownRef, nil},
		{"by a code that the guideline lacks", after(), by(Hide, guide(), func(m *StatementModerated) { m.ReasonCode = "G2" }), ErrUnknownRef, nil},
		{"accepts by a code that the guideline lacks", after(), by(Accept, guide(), func(m *StatementModerated) { m.ReasonCode = "G2" }), ErrUnknownRef, nil},
		{"reason without its source language", after(), ask(Hide, func(m *StatementModerated) { m.Reason.Source = "nl" }), ErrInvalidText, nil},
	})
}

func TestImportedModeration(t *testing.T) {
	t.Parallel()
	p, m := posted(), but(moderated(Refuse, ""), func(m *StatementModerated) { m.Guideline = ArtefactRef{} })
	ask := func(f func(*StatementModerated)) func(Statement) ([]Event, error) {
		return asks(Statement.ImportedModeration, but(m, f))
	}
	checkRulings(t, []ruling[Statement]{
		{"takes over without a guideline", follows(p), ask(func(*StatementModerated) {}), nil, follows(m)},
		{"is rejected", follows(p, m), ask(func(*StatementModerated) {}), nil, nil},
		{"no reason code", follows(p), ask(func(m *StatementModerated) { m.ReasonCode = "" }), ErrInvalidField, nil},
		{"unknown statement", nil, ask(func(*StatementModerated) {}), ErrUnknownRef, nil},
	})
}

func TestStatementLink(t *testing.T) {
	t.Parallel()
	p, l := posted(), example[StatementLinked]()
	other := but(p, func(p *StatementPosted) { p.Statement = "st_9" })
	target := Fold(Statement{}, other)
	back := StatementLinked{Conversation: "dl_KE", Statement: "st_9", Relation: SplitFrom, Target: Ref{StatementStream("dl_KE", "st_12"), 1}, By: "mod.1"}
	var beyond []Statement
	ask := func(target Statement, changes ...func(*StatementLinked)) func(Statement) ([]Event, error) {
		c := l
		for _, change := range changes {
			change(&c)
		}
		return asks3(Statement.Link, c, target, beyond)
	}
	merged := but(l, func(l *StatementLinked) { l.Relation = MergedInto })
	checkRulings(t, []ruling[Statement]{
		{"links", follows(p), ask(target), nil, follows(l)},
		{"is linked", follows(p, l), ask(target), nil, nil},
		{"is linked as it stood earlier", follows(p, l), ask(target, func(l *StatementLinked) { l.Target.Version = 1 }), nil, nil},
		{"links in another way", follows(p, l), asks3(Statement.Link, merged, target, nil), nil, follows(merged)},
		{"unknown relation", follows(p), ask(target, func(l *StatementLinked) { l.Relation = "cousin" }), ErrInvalidField, nil},
		{"unknown statement", nil, ask(target), ErrUnknownRef, nil},
		{"unknown target", follows(p), ask(Statement{}), ErrUnknownRef, nil},
		{"nobody", follows(p), ask(target, func(l *StatementLinked) { l.By = "" }), ErrInvalidField, nil},
		{"to itself", follows(p), ask(Fold(Statement{}, p), func(l *StatementLinked) { l.Target.Stream = StatementStream("dl_KE", "st_12") }), ErrCycle, nil},
		{"there and back", follows(p), ask(Fold(target, back)), ErrCycle, nil},
	})
	beyond = []Statement{Fold(Statement{}, but(other, func(p *StatementPosted) { p.Statement = "st_10" })), Fold(target, back)}
	checkRulings(t, []ruling[Statement]{{"by way of others", follows(p), ask(target), ErrCycle, nil}})
	beyond = beyond[:1]
	checkRulings(t, []ruling[Statement]{{"others lead elsewhere", follows(p), ask(target), nil, follows(l)}})
}
