package domain

import (
	"slices"
	"strconv"
)

// TableStream is the stream of one table of a dialogue.
func TableStream(d DialogueID, t TableID) StreamID {
	return StreamName("table", string(d), string(t))
}

// Table is the state of one table's stream: who sits there in each session, and the last revision of each worksheet.
type Table struct {
	formed   *TableFormed // the last one
	seatings map[SessionID]TableFormed
	outputs  map[OutputID]TableOutputRecorded
}

// Evolve folds one event.
func (t Table) Evolve(ev Event) Table {
	switch ev := ev.(type) {
	case TableFormed:
		t.formed, t.seatings = &ev, with(t.seatings, ev.Session, ev)
	case TableOutputRecorded:
		t.outputs = with(t.outputs, ev.Output, ev)
	}
	return t
}

// seating is who sits there in a session: those who were seated for it, or else for the day.
func (t Table) seating(s SessionID) (TableFormed, bool) {
	f, ok := t.seatings[s]
	if !ok {
		f, ok = t.seatings[""]
	}
	return f, ok
}

// Seated tells whether people sit there in a session.
func (t Table) Seated(s SessionID) bool {
	_, ok := t.seating(s)
	return ok
}

// Members are the people who sit there in a session.
func (t Table) Members(s SessionID) []ParticipantID {
	f, _ := t.seating(s)
	return f.Members
}

// SitsIn tells whether the table is one of those of a chamber in a session; those of the joint chamber are all of them.
func (t Table) SitsIn(s SessionID, c Chamber) bool {
	f, ok := t.seating(s)
	return ok && (f.Chamber == c || c == JointChamber)
}

// Form seats the table, or seats it anew. members has the states of f's members, held is the partner that holds the dialogue, others are the other tables
// of the dialogue. Revision and Replaces of f are set here.
func (t Table) Form(f TableFormed, d Dialogue, in Edition, held Partner, members map[ParticipantID]ParticipantState, others []Table) ([]Event, error) {
	have, again := t.seatings[f.Session]
	f.Revision, f.Replaces = 1, nil
	if t.formed != nil {
		f.Revision = t.formed.Revision + 1
	}
	if again {
		last := have
		last.Revision, last.Replaces = f.Revision, nil
		if same(last, f) {
			return nil, nil
		}
		f.Replaces = &Seating{Size: len(have.Members)}
	}
	if err := first(CheckID("table", f.Table), oneOf("chamber", f.Chamber, chambers), f.checkSize(), f.checkSession(d, in)); err != nil {
		return nil, err
	}
	if err := first(f.checkFacilitator(d, in, held), f.checkMembers(members)); err != nil {
		return nil, err
	}
	for _, o := range others {
		if who, taken := t.taken(f, d, o); taken {
			return nil, reject(ErrDuplicate, "participant %s sits at table %s", who, o.formed.Table)
		}
	}
	return []Event{f}, nil
}

func (f TableFormed) checkSession(d Dialogue, in Edition) error {
	defined, planned := in.Session(f.Session)
	opened, open := d.sessions[f.Session]
	switch {
	case d.registered == nil || d.registered.Dialogue != f.Dialogue:
		return reject(ErrUnknownRef, "dialogue %q is not registered", f.Dialogue)
	case d.certified != nil:
		return d.isCertified()
	case f.Session == "":
		return nil
	case !planned || !in.concerns(defined, f.Dialogue):
		return reject(ErrUnknownRef, "session %s is not planned for dialogue %s", f.Session, f.Dialogue)
	case open && opened.closed != nil:
		return reject(ErrSessionClosed, "session %s is closed", f.Session)
	case defined.Chamber != JointChamber && defined.Chamber != f.Chamber:
		return reject(ErrChamber, "session %s is one of the %s chamber, not of the %s chamber", f.Session, defined.Chamber, f.Chamber)
	}
	return nil
}

func (f TableFormed) checkSize() error {
	waiver := f.Waiver
	switch n := len(f.Members); {
	case n == 0:
		return reject(ErrInvalidField, "somebody sits at a table")
	case waiver != nil && waiver.Rule != WaiveTableSize:
		return reject(ErrInvalidField, "a waiver of %q has nothing to do with tables", waiver.Rule)
	case waiver != nil:
		return checkWaivers([]Waiver{*waiver})
	case n < minTable || n > maxTable:
		return reject(ErrInvalidField, "%d to %d people sit at a table, not %d; a waiver of %q admits other sizes", minTable, maxTable, n, WaiveTableSize)
	}
	return nil
}

// checkFacilitator asks for a training as table facilitator, and for a declaration of interests that has no direct one in the topic of the session; for the
// day, in any topic.
func (f TableFormed) checkFacilitator(d Dialogue, in Edition, held Partner) error {
	var topics []TopicID
	if s, _ := in.Session(f.Session); s.Topic != "" {
		topics = []TopicID{s.Topic}
	}
	interest, declared := held.Interest(f.Facilitator, topics)
	switch {
	case !isToken(f.Facilitator) || (f.NoteTaker != "" && !isToken(f.NoteTaker)):
		return reject(ErrInvalidField, "facilitator %q and note taker %q are principals", f.Facilitator, f.NoteTaker)
	case !held.Trained(f.Facilitator, TableFacilitator, d.registered.Date):
		return reject(ErrNotTrained, "%s is not trained as table facilitator", f.Facilitator)
	case !declared:
		return reject(ErrConflictOfInterest, "%s has not declared any interest, nor that there is none", f.Facilitator)
	case interest == DirectInterest:
		return reject(ErrConflictOfInterest, "%s has a direct interest", f.Facilitator)
	}
	return nil
}

func (f TableFormed) checkMembers(members map[ParticipantID]ParticipantState) error {
	for i, id := range f.Members {
		m := members[id]
		switch {
		case slices.Contains(f.Members[:i], id):
			return reject(ErrDuplicate, "participant %s stands twice", id)
		case m.registered == nil || m.registered.Dialogue != f.Dialogue:
			return reject(ErrUnknownRef, "participant %s is not registered in dialogue %s", id, f.Dialogue)
		case !m.CheckedIn(f.Session):
			return reject(ErrNotCheckedIn, "participant %s is not checked in", id)
		case f.Chamber != JointChamber && m.Chamber() != f.Chamber:
			return reject(ErrChamber, "participant %s belongs to the %s chamber: chambers are not mixed at a table", id, m.Chamber())
		}
	}
	return nil
}

// taken finds a member of f who sits at table o at the same time. Whoever is seated for the day sits there in every session for which the table is not
// seated anew.
func (t Table) taken(f TableFormed, d Dialogue, o Table) (ParticipantID, bool) {
	at := []SessionID{f.Session}
	if f.Session == "" {
		for _, s := range sortedKeys(o.seatings) {
			if _, own := t.seatings[s]; !own && s != "" && d.sessions[s].closed == nil {
				at = append(at, s)
			}
		}
	}
	for _, s := range at {
		there := o.Members(s)
		for _, who := range f.Members {
			if slices.Contains(there, who) {
				return who, true
			}
		}
	}
	return "", false
}

// OutputGrace is the threshold of the protocol that says for how many minutes after a session worksheets are still recorded.
const OutputGrace = "outputGraceMinutes"

// MaxItems is the most items of a worksheet.
const MaxItems = 50

// ItemField is the place of an item's words in the vault.
func ItemField(item string) string { return "items." + item + ".text" }

// RecordOutput records a worksheet of the table, or its next revision, at time now. template is the state of its template; closedAt is when the session was
// closed, 0 where it is open; members has the states of the people at the table. Revision and Replaces of o are set here.
func (t Table) RecordOutput(o TableOutputRecorded, d Dialogue, in Edition, template Artefact, closedAt, now Time, members map[ParticipantID]ParticipantState) ([]Event, error) {
	have, again := t.outputs[o.Output]
	if again {
		if o.Revision, o.Replaces = have.Revision, have.Replaces; same(have, o) {
			return nil, nil
		}
	}
	o.Revision, o.Replaces = have.Revision+1, have.kinds()
	if err := first(CheckID("output", o.Output), o.Template.Check(), template.Approved(o.Template)); err != nil {
		return nil, err
	}
	s, known := d.sessions[o.Session]
	switch {
	case !known || s.Dialogue != o.Dialogue:
		return nil, reject(ErrSessionNotOpen, "session %q has not been opened", o.Session)
	case s.closed != nil && !graced(in, closedAt, now):
		return nil, reject(ErrSessionClosed, "session %s is closed, for longer than worksheets may come late", o.Session)
	case d.certified != nil:
		return nil, d.isCertified()
	case !t.Seated(o.Session):
		return nil, reject(ErrUnknownRef, "table %s is not seated in session %s", o.Table, o.Session)
	case again && have.Session != o.Session:
		return nil, reject(ErrDuplicate, "output %s is one of session %s", o.Output, have.Session)
	case template.Kind(o.Template) != WorksheetArtefact:
		return nil, reject(ErrUnknownRef, "artefact %s version %d is a %q, not a worksheet", o.Template.ID, o.Template.Version, template.Kind(o.Template))
	case o.By == "":
		return nil, reject(ErrInvalidField, "somebody records a worksheet")
	}
	if err := o.checkItems(); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(o.Items, func(i OutputItem) bool { return i.Kind == QuoteItem }) {
		for _, id := range t.Members(o.Session) {
			if !members[id].Consents(Quotes) {
				return nil, reject(ErrConsentMissing, "participant %s, who sits at table %s, has not consented to quotes", id, o.Table)
			}
		}
	}
	return []Event{o}, nil
}

// graced tells whether a session was closed so recently that worksheets may still come. Without a threshold there is no grace.
func graced(in Edition, closedAt, now Time) bool {
	p := in.Protocol()
	if p == nil || closedAt == 0 {
		return false
	}
	minutes := p.Thresholds[OutputGrace]
	return !RatioOf(max(int64(now-closedAt), 0), 60_000).above(minutes)
}

// kinds counts the items by kind, nil where there are none.
func (o TableOutputRecorded) kinds() map[ItemKind]int {
	var n map[ItemKind]int
	for _, i := range o.Items {
		n = with(n, i.Kind, n[i.Kind]+1)
	}
	return n
}

func (o TableOutputRecorded) checkItems() error {
	if len(o.Items) == 0 || len(o.Items) > MaxItems {
		return reject(ErrInvalidField, "a worksheet has 1 to %d items, not %d", MaxItems, len(o.Items))
	}
	for i, item := range o.Items {
		if err := first(item.Lang.Check(), oneOf("item kind", item.Kind, itemKinds)); err != nil {
			return err
		}
		switch {
		case !isToken(item.Item) || slices.ContainsFunc(o.Items[:i], func(other OutputItem) bool { return other.Item == item.Item }):
			return reject(ErrInvalidField, "item %q is repeated, or not made of letters, digits and . _ ~ -", item.Item)
		case item.Text == Commitment{}:
			return reject(ErrInvalidText, "item %s has words", item.Item)
		case (item.Kind == RankedChoice) != (item.Rank != 0) || item.Rank < 0 || item.Rank > MaxItems:
			return reject(ErrInvalidField, "item %s: ranked choices, and they alone, have a rank from 1, not %s", item.Item, strconv.Itoa(item.Rank))
		}
	}
	return nil
}
