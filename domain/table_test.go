package domain

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// formed is the first seating of table 4: six citizens. What the decision sets is set.
func formed() TableFormed {
	return TableFormed{
		Dialogue: "dl_KE", Table: "4", Session: "ss_2", Chamber: CitizenChamber, Facilitator: "f1", NoteTaker: "n1",
		Members: []ParticipantID{"pa_01", "pa_02", "pa_03", "pa_04", "pa_05", "pa_06"}, Revision: 1,
	}
}

// recorded is the first revision of a worksheet of that table.
func recorded() TableOutputRecorded {
	return but(example[TableOutputRecorded](), func(o *TableOutputRecorded) { o.Revision, o.Replaces = 1, nil })
}

func TestTableForm(t *testing.T) {
	t.Parallel()
	f, in, held := formed(), plannedEdition(), nairobi()
	d := Fold(Dialogue{}, inSession()...)
	decide := func(f TableFormed, d Dialogue, members map[ParticipantID]ParticipantState, others ...Table) func(Table) ([]Event, error) {
		return func(t Table) ([]Event, error) { return t.Form(f, d, in, held, members, others) }
	}
	ask := func(change func(*TableFormed)) func(Table) ([]Event, error) {
		return decide(but(f, func(f *TableFormed) {
			f.Members = slices.Clone(f.Members)
			change(f)
		}), d, seated())
	}
	same := func(*TableFormed) {}
	five := but(f, func(f *TableFormed) { f.Members = f.Members[:5] })
	again := but(five, func(f *TableFormed) { f.Revision, f.Replaces = 2, &Seating{6} })
	next := but(f, func(f *TableFormed) { f.Session, f.Revision = "ss_3", 2 })
	day := but(f, func(f *TableFormed) { f.Session = "" })
	small := but(f, func(f *TableFormed) { f.Members, f.Waiver = f.Members[:4], &Waiver{WaiveTableSize, "a bus", "h1"} })
	wild := but(f, func(f *TableFormed) { f.Revision, f.Replaces = 9, &Seating{3} })
	joint := but(f, func(f *TableFormed) {
		f.Session, f.Chamber, f.Members = "ss_5", JointChamber, []ParticipantID{"pa_01", "pa_02", "pa_03", "pa_04", "pa_07"}
	})
	table := func(id TableID, s SessionID, members ...ParticipantID) Table {
		return Fold(Table{}, but(f, func(f *TableFormed) { f.Table, f.Session, f.Members = id, s, members }))
	}
	absent := seated()
	absent["pa_03"] = Fold(ParticipantState{}, ParticipantRegistered{Participant: "pa_03", Dialogue: "dl_KE", Chamber: CitizenChamber},
		ParticipantCheckedIn{Participant: "pa_03", Dialogue: "dl_KE", Chamber: CitizenChamber, Session: "ss_3"})
	guest := seated()
	guest["pa_03"] = Fold(ParticipantState{}, ParticipantRegistered{Participant: "pa_03", Dialogue: "dl_NL", Chamber: CitizenChamber})
	closed := Fold(d, example[SessionClosed]())
	certified := Fold(closed, example[DialogueCertified]())
	checkRulings(t, []ruling[Table]{
		{"seats", nil, ask(same), nil, follows(f)},
		{"is seated", follows(f), ask(same), nil, nil},
		{"is seated, session closed since", follows(f), decide(f, closed, seated()), nil, nil},
		{"sets what it was not asked to", nil, decide(wild, d, seated()), nil, follows(f)},
		{"seats anew", follows(f), decide(five, d, seated()), nil, follows(again)},
		{"seats for the next session", follows(f), decide(next, d, seated()), nil, follows(next)},
		{"before a session opens", nil, decide(f, Fold(Dialogue{}, authorised()...), seated()), nil, follows(f)},
		{"for the day", nil, decide(day, d, seated()), nil, follows(day)},
		{"the chambers together", nil, decide(joint, d, seated()), nil, follows(but(joint, func(f *TableFormed) { f.Revision = 1 }))},
		{"four with a waiver", nil, decide(small, d, seated()), nil, follows(small)},

		{"four", nil, ask(func(f *TableFormed) { f.Members = f.Members[:4] }), ErrInvalidField, nil},
		{"nine", nil, ask(func(f *TableFormed) { f.Members = append(f.Members, "a", "b", "c") }), ErrInvalidField, nil},
		{"nobody", nil, ask(func(f *TableFormed) { f.Members, f.Waiver = nil, small.Waiver }), ErrInvalidField, nil},
		{"four with another waiver", nil, ask(func(f *TableFormed) { f.Members, f.Waiver = f.Members[:4], &Waiver{WaiveSize, "r", "c"} }), ErrInvalidField, nil},
		{"four with half a waiver", nil, ask(func(f *TableFormed) { f.Members, f.Waiver = f.Members[:4], &Waiver{Rule: WaiveTableSize} }), ErrInvalidField, nil},
		{"no table", nil, ask(func(f *TableFormed) { f.Table = "" }), ErrInvalidID, nil},
		{"unknown chamber", nil, ask(func(f *TableFormed) { f.Chamber = "lords" }), ErrInvalidField, nil},
		{"another dialogue", nil, ask(func(f *TableFormed) { f.Dialogue = "dl_NL" }), ErrUnknownRef, nil},
		{"session not planned", nil, ask(func(f *TableFormed) { f.Session = "ss_9" }), ErrUnknownRef, nil},
		{"session closed", nil, decide(f, closed, seated()), ErrSessionClosed, nil},
		{"certified", nil, decide(day, certified, seated()), ErrPhaseClosed, nil},
		{"session of the other chamber", nil, ask(func(f *TableFormed) { f.Session = "ss_4" }), ErrChamber, nil},
		{"a joint table in a session of citizens", nil, ask(func(f *TableFormed) { f.Chamber = JointChamber }), ErrChamber, nil},
		{"a stakeholder among citizens", nil, ask(func(f *TableFormed) { f.Members[5] = "pa_07" }), ErrChamber, nil},
		{"who did not come", nil, ask(func(f *TableFormed) { f.Members = append(f.Members, "pa_08") }), ErrNotCheckedIn, nil},
		{"who came to another session", nil, decide(f, d, absent), ErrNotCheckedIn, nil},
		{"who came to that session", nil, decide(but(next, func(f *TableFormed) { f.Revision = 1 }), d, absent), nil, follows(but(next, func(f *TableFormed) { f.Revision = 1 }))},
		{"who belongs elsewhere", nil, decide(f, d, guest), ErrUnknownRef, nil},
		{"who is not known", nil, decide(f, d, nil), ErrUnknownRef, nil},
		{"one person twice", nil, ask(func(f *TableFormed) { f.Members[5] = f.Members[0] }), ErrDuplicate, nil},

		{"no facilitator", nil, ask(func(f *TableFormed) { f.Facilitator = "" }), ErrInvalidField, nil},
		{"a note taker by name", nil, ask(func(f *TableFormed) { f.NoteTaker = "Ada L" }), ErrInvalidField, nil},
		{"facilitator not trained", nil, ask(func(f *TableFormed) { f.Facilitator = "x" }), ErrNotTrained, nil},
		{"facilitator trained as head", nil, ask(func(f *TableFormed) { f.Facilitator = "h1" }), ErrNotTrained, nil},
		{"facilitator with a direct interest", nil, ask(func(f *TableFormed) { f.Facilitator = "f2" }), ErrConflictOfInterest, nil},
		{"facilitator with a direct interest in something else", nil, ask(func(f *TableFormed) { f.Facilitator = "f3" }), nil, follows(but(f, func(f *TableFormed) { f.Facilitator = "f3" }))},
		{"facilitator with a direct interest, for the day", nil, decide(but(day, func(f *TableFormed) { f.Facilitator = "f3" }), d, seated()), ErrConflictOfInterest, nil},
		{"facilitator who has declared nothing", nil, ask(func(f *TableFormed) { f.Facilitator = "f4" }), ErrConflictOfInterest, nil},

		{"who sits elsewhere", nil, decide(f, d, seated(), table("5", "ss_2", "pa_06")), ErrDuplicate, nil},
		{"who sits elsewhere for the day", nil, decide(f, d, seated(), table("5", "", "pa_06")), ErrDuplicate, nil},
		{"who sits elsewhere later", nil, decide(f, d, seated(), table("5", "ss_3", "pa_06")), nil, follows(f)},
		{"who sits elsewhere for the day, but not then", nil, decide(f, d, seated(), Fold(table("5", "", "pa_06"), but(f, func(f *TableFormed) { f.Table, f.Members = "5", []ParticipantID{"pa_07"} }))), nil, follows(f)},
		{"for the day, who sits elsewhere later", nil, decide(day, d, seated(), table("5", "ss_3", "pa_06")), ErrDuplicate, nil},
		{"for the day, who sat elsewhere", nil, decide(day, closed, seated(), table("5", "ss_2", "pa_06")), nil, follows(day)},
		{"for the day, where the table itself is seated anew then", follows(next), decide(day, d, seated(), table("5", "ss_3", "pa_06")), nil, follows(but(day, func(f *TableFormed) { f.Revision = 3 }))},
	})
}

func TestTableOutput(t *testing.T) {
	t.Parallel()
	o, in := recorded(), plannedEdition()
	d := Fold(Dialogue{}, inSession()...)
	closed := Fold(d, example[SessionClosed]())
	sheet := approvedIn(text("ar_sheet", WorksheetArtefact))
	noon := exampleTime(12, 0)
	record := func(o TableOutputRecorded, d Dialogue, in Edition, now Time, members map[ParticipantID]ParticipantState) func(Table) ([]Event, error) {
		return func(t Table) ([]Event, error) { return t.RecordOutput(o, d, in, sheet, noon, now, members) }
	}
	ask := func(change func(*TableOutputRecorded)) func(Table) ([]Event, error) {
		return record(but(o, func(o *TableOutputRecorded) {
			o.Items = slices.Clone(o.Items)
			change(o)
		}), d, in, noon, seated())
	}
	after := func(minutes int) func(Table) ([]Event, error) {
		return record(o, closed, in, noon+Time(minutes*60_000), seated())
	}
	by := func(template Artefact) func(Table) ([]Event, error) {
		return func(t Table) ([]Event, error) { return t.RecordOutput(o, d, in, template, 0, noon, seated()) }
	}
	same := func(*TableOutputRecorded) {}
	two := but(o, func(o *TableOutputRecorded) {
		o.By, o.Revision, o.Replaces = "n2", 2, map[ItemKind]int{RankedChoice: 2}
	})
	quote := but(o, func(o *TableOutputRecorded) { o.Items = []OutputItem{{"q", QuoteItem, Commitment{1}, "sw", 0}} })
	one := seated(Quotes)
	one["pa_04"] = seated()["pa_04"]
	many := make([]OutputItem, MaxItems+1)
	for i := range many {
		many[i] = OutputItem{fmt.Sprint(i), Idea, Commitment{1}, "sw", 0}
	}
	most := but(o, func(o *TableOutputRecorded) { o.Items = many[1:] })
	there := follows(formed())
	checkRulings(t, []ruling[Table]{
		{"records", there, ask(same), nil, follows(o)},
		{"is recorded", append(there, o), ask(same), nil, nil},
		{"is recorded, long ago", append(there, o), after(1000), nil, nil},
		{"sets what it was not asked to", there, ask(func(o *TableOutputRecorded) { o.Revision, o.Replaces = 7, map[ItemKind]int{Idea: 7} }), nil, follows(o)},
		{"revises", append(there, o), ask(func(o *TableOutputRecorded) { o.By = "n2" }), nil, follows(two)},
		{"another worksheet", append(there, o), ask(func(o *TableOutputRecorded) { o.Output = "sheet-2" }), nil, follows(but(o, func(o *TableOutputRecorded) { o.Output = "sheet-2" }))},
		{"fifty items", there, record(most, d, in, noon, seated()), nil, follows(most)},
		{"within the grace", there, after(30), nil, follows(o)},
		{"after the grace", there, after(31), ErrSessionClosed, nil},
		{"without any grace", there, record(o, closed, frozenEdition(), noon+1, seated()), ErrSessionClosed, nil},
		{"without a protocol", there, record(o, closed, openEdition(), noon, seated()), ErrSessionClosed, nil},
		{"after certification", there, record(o, Fold(closed, example[DialogueCertified]()), in, noon, seated()), ErrPhaseClosed, nil},
		{"session not opened", there, ask(func(o *TableOutputRecorded) { o.Session = "ss_3" }), ErrSessionNotOpen, nil},
		{"another dialogue", there, ask(func(o *TableOutputRecorded) { o.Dialogue = "dl_NL" }), ErrSessionNotOpen, nil},
		{"table not seated", nil, ask(same), ErrUnknownRef, nil},
		{"a worksheet of another session", append(there, but(o, func(o *TableOutputRecorded) { o.Session = "ss_1" })), ask(same), ErrDuplicate, nil},
		{"template not approved", there, by(Fold(Artefact{}, text("ar_sheet", WorksheetArtefact))), ErrNotApproved, nil},
		{"unknown template", there, by(Artefact{}), ErrUnknownRef, nil},
		{"template of another kind", there, by(approvedIn(text("ar_sheet", ScriptArtefact))), ErrUnknownRef, nil},
		{"no template", there, ask(func(o *TableOutputRecorded) { o.Template = ArtefactRef{} }), ErrInvalidField, nil},
		{"no id", there, ask(func(o *TableOutputRecorded) { o.Output = "" }), ErrInvalidID, nil},
		{"nobody", there, ask(func(o *TableOutputRecorded) { o.By = "" }), ErrInvalidField, nil},
		{"no item", there, ask(func(o *TableOutputRecorded) { o.Items = nil }), ErrInvalidField, nil},
		{"too many items", there, ask(func(o *TableOutputRecorded) { o.Items = many }), ErrInvalidField, nil},
		{"item twice", there, ask(func(o *TableOutputRecorded) { o.Items[1].Item = o.Items[0].Item }), ErrInvalidField, nil},
		{"item without id", there, ask(func(o *TableOutputRecorded) { o.Items[1].Item = "" }), ErrInvalidField, nil},
		{"item without language", there, ask(func(o *TableOutputRecorded) { o.Items[1].Lang = "" }), ErrInvalidField, nil},
		{"item of unknown kind", there, ask(func(o *TableOutputRecorded) { o.Items[1].Kind = "sigh" }), ErrInvalidField, nil},
		{"item without words", there, ask(func(o *TableOutputRecorded) { o.Items[1].Text = Commitment{} }), ErrInvalidText, nil},
		{"ranked choice without rank", there, ask(func(o *TableOutputRecorded) { o.Items[1].Rank = 0 }), ErrInvalidField, nil},
		{"negative rank", there, ask(func(o *TableOutputRecorded) { o.Items[1].Rank = -1 }), ErrInvalidField, nil},
		{"rank beyond the items", there, ask(func(o *TableOutputRecorded) { o.Items[1].Rank = MaxItems + 1 }), ErrInvalidField, nil},
		{"idea with a rank", there, ask(func(o *TableOutputRecorded) { o.Items[1].Kind = Idea }), ErrInvalidField, nil},
		{"quotes with consent", there, record(quote, d, in, noon, seated(Quotes)), nil, follows(quote)},
		{"quotes without consent", there, record(quote, d, in, noon, seated()), ErrConsentMissing, nil},
		{"quotes without the consent of one", there, record(quote, d, in, noon, one), ErrConsentMissing, nil},
	})
	require.Equal(t, "items.q.text", ItemField("q"))
}
