package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/domain"
	"daybook.internal/replay"
	"daybook.internal/vault"
)

func (p *program) explainCommand() *cobra.Command {
	var dir string
	var all bool
	c := args(&cobra.Command{
		Use:   "explain RECOMMENDATION",
		Short: "Tell how a recommendation emerged, step by step, from the record alone",
		Long: `Walks from a recommendation back to everything that it stands on, and tells the steps in the order in which they were recorded: the
edition and the dialogues, the registrations, the statements and the reactions to them, the worksheets of tables, the reconciled numbers, the
recommendations below it, its draft and its revisions, its endorsement and the decision.

Reactions and registrations are told in numbers; --all and -o ndjson give every one. Statements are told in their words while the vault has
them and they match the record.`,
		Example: "  daybook explain rc_world_1 --data ./data\n  daybook explain rc_world_1 --data ./data -o ndjson",
	}, cobra.ExactArgs(1))
	c.RunE = func(c *cobra.Command, given []string) error {
		n, err := openReader(c.Context(), dir)
		if err != nil {
			return err
		}
		defer n.Close()
		switch err := n.openVault(c.Context()); {
		case errors.Is(err, vault.ErrKey): // the record tells everything else
			p.say("%v; what people said is left out", err)
		case err != nil:
			return err
		}
		return p.explain(c.Context(), n, domain.RecommendationID(given[0]), all)
	}
	p.dataFlags(c, &dir)
	c.Flags().BoolVar(&all, "all", false, "every single reaction and registration")
	return c
}

// stepRow is one step, or several of a kind in a row that are told in numbers.
type stepRow struct {
	Seq    uint64          `json:"seq"`
	Time   domain.Time     `json:"time"`
	Part   replay.Part     `json:"part"`
	Stream domain.StreamID `json:"stream"`
	Type   string          `json:"type"`
	What   string          `json:"what"`
	Words  string          `json:"words,omitempty"` // of a statement, while the vault has them
	Data   json.RawMessage `json:"data,omitempty"`
	Steps  int             `json:"steps"` // 1, or how many are told together; the last one gives seq, time, stream and type
}

func (p *program) explain(ctx context.Context, n *node, id domain.RecommendationID, all bool) error {
	rows := []stepRow{}
	open := func() iter.Seq2[domain.Record, error] { return replay.Records(ctx, n.ledger) }
	told, ground := tally{}, newGround()
	flush := func() {
		if told.steps > 0 {
			rows = append(rows, told.row())
			told = tally{}
		}
	}
	for s, err := range replay.Trace(ctx, open, id) {
		if err != nil {
			return err
		}
		ground.add(s)
		if all || p.output == "ndjson" || (s.Part != replay.PartReaction && s.Part != replay.PartRegistration) {
			flush()
			row, err := n.rowOf(ctx, s)
			if err != nil {
				return err
			}
			rows = append(rows, row)
			continue
		}
		if told.steps > 0 && told.last.Part != s.Part {
			flush()
		}
		told.add(s)
	}
	flush()
	rows = append(rows, ground.row(rows))
	return printRows(p, rows, rows, table.Row{"seq", "time", "part", "what"}, func(r stepRow) table.Row {
		return table.Row{r.Seq, r.Time, r.Part, r.What}
	})
}

func (n *node) rowOf(ctx context.Context, s replay.Step) (stepRow, error) {
	typ, data, err := domain.Encode(s.Event)
	row := stepRow{s.Seq, happened(s), s.Part, s.Stream, typ, describe(s.Event), "", data, 1}
	if e, ok := s.Event.(domain.StatementPosted); ok && err == nil {
		if row.Words, err = n.words(ctx, vault.Place{Event: s.ID, Field: "text"}, e.Text); row.Words != "" {
			row.What += ": “" + row.Words + "”"
		}
	}
	return row, err
}

// words opens a commitment. Words that were erased are empty; words that do not match the record are an error.
func (n *node) words(ctx context.Context, at vault.Place, c domain.Commitment) (string, error) {
	if n.vault == nil {
		return "", nil
	}
	o, err := n.vault.Open(ctx, at)
	switch {
	case errors.Is(err, vault.ErrNotFound):
		return "", nil
	case err != nil:
		return "", err
	case o.Commitment() != c:
		return "", fmt.Errorf("%w: the words of event %s do not match its commitment", vault.ErrDamaged, at.Event)
	}
	return string(o.Words), nil
}

func happened(s replay.Step) domain.Time {
	if s.Meta.OccurredAt != 0 {
		return s.Meta.OccurredAt
	}
	return s.Meta.Time
}

// tally tells many reactions or registrations as one.
type tally struct {
	last  replay.Step
	steps int
	agree, disagree, pass,
	people, consents, checkIns int
	statements map[domain.StatementID]bool
}

func (t *tally) add(s replay.Step) {
	t.last = s
	t.steps++
	switch e := s.Event.(type) {
	case domain.ReactionCast:
		switch e.Value {
		case domain.Agree:
			t.agree++
		case domain.Disagree:
			t.disagree++
		case domain.Pass:
			t.pass++
		}
		if t.statements == nil {
			t.statements = map[domain.StatementID]bool{}
		}
		t.statements[e.Statement] = true
	case domain.ParticipantRegistered:
		t.people++
	case domain.ConsentGiven, domain.ConsentWithdrawn:
		t.consents++
	case domain.ParticipantCheckedIn:
		t.checkIns++
	}
}

func (t *tally) row() stepRow {
	what := fmt.Sprintf("%d people registered, %d declarations of consent", t.people, t.consents)
	if t.checkIns > 0 {
		what += fmt.Sprintf(", %d checked in", t.checkIns)
	}
	if t.last.Part == replay.PartReaction {
		what = fmt.Sprintf("%d reactions to %d statements: %d agree, %d disagree, %d pass", t.steps, len(t.statements), t.agree, t.disagree, t.pass)
	}
	return stepRow{Seq: t.last.Seq, Time: happened(t.last), Part: t.last.Part, Stream: t.last.Stream, Type: domain.TypeOf(t.last.Event), What: what, Steps: t.steps}
}

// describe tells an event in a line.
func describe(e domain.Event) string {
	switch e := e.(type) {
	case domain.EditionOpened:
		return "edition opened: " + e.Title.String()
	case domain.ProtocolFrozen:
		return fmt.Sprintf("protocol frozen, method version %d", e.MethodVersion)
	case domain.DialogueRegistered:
		return fmt.Sprintf("dialogue %s registered in %s (%s, %s)", e.Dialogue, e.Place, e.SampleType, e.Mode)
	case domain.QuotaPlanSet:
		names := make([]string, len(e.Dimensions))
		for i, d := range e.Dimensions {
			names[i] = d.Name
		}
		return "quota plan set by " + strings.Join(names, ", ")
	case domain.DialogueCertified:
		return fmt.Sprintf("dialogue %s certified, %d people", e.Dialogue, e.CheckedIn)
	case domain.DialogueAuthorised:
		return fmt.Sprintf("dialogue %s authorised, %d waivers", e.Dialogue, len(e.Waivers))
	case domain.SessionOpened:
		return fmt.Sprintf("session %s opened, %d codes issued", e.Session, e.IssuedCodes)
	case domain.SessionClosed:
		return fmt.Sprintf("session %s closed", e.Session)
	case domain.DeviationReported:
		return fmt.Sprintf("%s deviation from %s: %s", e.Severity, e.Rule, e.Description)
	case domain.ParticipantRegistered:
		return fmt.Sprintf("participant %s registered (%s, %s)", e.Participant, e.Chamber, e.Route)
	case domain.ConsentGiven:
		return fmt.Sprintf("participant %s gave consent to %v", e.Participant, e.Scopes)
	case domain.ConsentWithdrawn:
		return fmt.Sprintf("participant %s withdrew consent to %v", e.Participant, e.Scopes)
	case domain.ParticipantCheckedIn:
		return fmt.Sprintf("participant %s checked in (%s)", e.Participant, e.Chamber)
	case domain.TableFormed:
		return fmt.Sprintf("table %s seated, %d people", e.Table, len(e.Members))
	case domain.TableOutputRecorded:
		return fmt.Sprintf("worksheet %s of table %s, revision %d: %d lines", e.Output, e.Table, e.Revision, len(e.Items))
	case domain.TallySheetRecorded:
		where := "the room"
		if e.Table != "" {
			where = "table " + string(e.Table)
		}
		return fmt.Sprintf("%s counted by %s (%s), question %s version %d: %d valid, %d blank, %d spoiled", where, e.Clerk, e.Entry, e.Question.ID, e.Question.Version, e.Valid, e.Blank, e.Spoiled)
	case domain.TallyReconciled:
		return fmt.Sprintf("question %s version %d reconciled from the %s: %d checked in = %d ballots + %d missing + %d void; %s",
			e.Question.ID, e.Question.Version, e.Source, e.CheckedIn, e.Ballots, e.Missing, e.Void, cells(e.Counts))
	case domain.SegmentCoded:
		return fmt.Sprintf("coded by %s, round %d: %s", e.Coder, e.Round, strings.Join(e.Codes, ", "))
	case domain.CodingAdjudicated:
		return fmt.Sprintf("codes settled by %s: %s", e.Adjudicator, strings.Join(e.Codes, ", "))
	case domain.ImportRecorded:
		return fmt.Sprintf("imported %s by mapping %s.v%d: %d events", e.Source.Name, e.Mapping.Name, e.Mapping.Version, e.Written)
	case domain.StatementPosted:
		return fmt.Sprintf("statement %s/%s posted by %s", e.Conversation, e.Statement, e.Author)
	case domain.StatementModerated:
		return strings.TrimSuffix(fmt.Sprintf("moderation of statement %s/%s: %s, %s", e.Conversation, e.Statement, e.Decision, e.ReasonCode), ", ")
	case domain.StatementLinked:
		return fmt.Sprintf("statement %s/%s %s %s", e.Conversation, e.Statement, e.Relation, e.Target.Stream)
	case domain.ReactionCast:
		return fmt.Sprintf("%s on statement %s/%s by %s, revision %d", e.Value, e.Conversation, e.Statement, e.Respondent, e.Revision)
	case domain.RecommendationDrafted:
		return fmt.Sprintf("%s %s of the %s drafted: %q, standing on %s", e.Level, e.Kind, e.Body, e.Text, sources(e.Sources))
	case domain.RecommendationRevised:
		what := fmt.Sprintf("version %d: %q, because %s", e.Version, e.Text, e.Rationale)
		if len(e.SourcesAdded) > 0 {
			what += "; also standing on " + sources(e.SourcesAdded)
		}
		if len(e.SourcesRemoved) > 0 {
			what += "; no longer standing on " + sources(e.SourcesRemoved)
		}
		return what
	case domain.RecommendationSuperseded:
		return fmt.Sprintf("superseded (%s) by %v: %s", e.Relation, e.By, e.Reason)
	case domain.EndorsementOpened:
		return fmt.Sprintf("endorsement of version %d opened in %d chambers", e.Version, len(e.Chambers))
	case domain.EndorsementClosed:
		counts := make([]string, len(e.Chambers))
		for i, c := range e.Chambers {
			counts[i] = fmt.Sprintf("%s: %d yes, %d no, %d abstain of %d", c.Chamber, c.Yes, c.No, c.Abstain, c.Eligible)
		}
		return "endorsement closed: " + strings.Join(counts, "; ")
	case domain.RecommendationDecided:
		return fmt.Sprintf("decided: %s, passed in %v, %d dissents", e.Outcome, e.ChambersPassed, len(e.Dissents))
	}
	return domain.TypeOf(e)
}

// maxSources is the most sources that are told one by one; -o ndjson has them all.
const maxSources = 6

func sources(list []domain.Source) string {
	if len(list) > maxSources {
		return fmt.Sprintf("%d sources, among them %s", len(list), sources(list[:2]))
	}
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = fmt.Sprintf("%s %s", s.Role, s.Ref)
	}
	return strings.Join(words, ", ")
}

// cells tells counts in the order of their cells.
func cells(counts map[string]int) string {
	words := []string{}
	for _, cell := range slices.Sorted(maps.Keys(counts)) {
		words = append(words, fmt.Sprintf("%d %s", counts[cell], cell))
	}
	return strings.Join(words, ", ")
}
