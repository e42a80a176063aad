package replay_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/replay"
)

func trace(t *testing.T, records []domain.Record, id domain.RecommendationID) (steps []replay.Step) {
	t.Helper()
	opened := 0
	for s, err := range replay.Trace(context.Background(), func() iter.Seq2[domain.Record, error] { opened++; return source(records) }, id) {
		require.NoError(t, err)
		if n := len(steps); n > 0 {
			require.Greater(t, s.Seq, steps[n-1].Seq, "steps stand in ledger order")
		}
		f, err := records[s.Seq].Decode()
		require.NoError(t, err)
		require.Equal(t, f, s.Fact, "a step is a fact of the record")
		steps = append(steps, s)
	}
	require.Equal(t, 2, opened)
	return steps
}

func parts(steps []replay.Step) map[replay.Part]int {
	n := map[replay.Part]int{}
	for _, s := range steps {
		n[s.Part]++
	}
	return n
}

var demo = sync.OnceValue(func() []domain.Record { return recordsOf(readDemo()) })

// The whole emergence of the demo's recommendations: what the lines of its file say, counted by hand.
func TestTraceTheDemo(t *testing.T) {
	t.Parallel()
	world := trace(t, demo(), "rc_world_1")
	require.Equal(t, map[replay.Part]int{
		replay.PartEdition:        2,          // opened, frozen
		replay.PartDialogue:       3 * 5,      // registered, planned, authorised, session opened, closed
		replay.PartRegistration:   3 * 12 * 3, // each person, a declaration of consent and a check-in
		replay.PartStatement:      3 * 3 * 2,  // three sources each, posted and moderated
		replay.PartReaction:       84,         // all of them stand before the drafts
		replay.PartSource:         3 * 4,      // drafted, opened, closed, decided
		replay.PartRecommendation: 4,
	}, parts(world))
	require.Equal(t, 84, reactionsTo(9))

	fr := trace(t, demo(), "rc_fr_1")
	require.Equal(t, map[replay.Part]int{
		replay.PartEdition: 2, replay.PartDialogue: 5, replay.PartRegistration: 36, replay.PartStatement: 6,
		replay.PartReaction: reactionsTo(3), replay.PartRecommendation: 4,
	}, parts(fr))
	for _, s := range fr {
		require.Contains(t, []domain.DialogueID{"", "dl_FR"}, s.Meta.Dialogue, "nothing of other dialogues")
	}
}

// reactionsTo counts the reactions that the first n of the nine source statements got, from the record, without Trace.
func reactionsTo(n int) (count int) {
	sources := []domain.StreamID{
		"statement-dl_FR/1", "statement-dl_FR/2", "statement-dl_FR/3",
		"statement-dl_KE/1", "statement-dl_KE/2", "statement-dl_KE/3",
		"statement-dl_BR/1", "statement-dl_BR/2", "statement-dl_BR/3",
	}[:n]
	for _, r := range demo() {
		f, err := r.Decode()
		must(err)
		if e, ok := f.Event.(domain.ReactionCast); ok && slices.Contains(sources, domain.StatementStream(e.Conversation, e.Statement)) {
			count++
		}
	}
	return count
}

// Every stream that a draft in the trace cites is there, as far as it was cited; and nothing of a source is there that the draft cannot have seen.
func TestTraceHoldsEverySource(t *testing.T) {
	t.Parallel()
	for _, id := range []domain.RecommendationID{"rc_world_1", "rc_fr_1", "rc_ke_1", "rc_br_1"} {
		steps := trace(t, demo(), id)
		events := map[domain.StreamID]uint64{}
		last := map[domain.StreamID]uint64{}
		for _, s := range steps {
			events[s.Stream]++
			last[s.Stream] = s.Seq
		}
		drafts := 0
		for _, s := range steps {
			e, ok := s.Event.(domain.RecommendationDrafted)
			if !ok {
				continue
			}
			drafts++
			for _, src := range e.Sources {
				require.Equal(t, src.Ref.Version, events[src.Ref.Stream], "%s", src.Ref)
				require.Less(t, last[src.Ref.Stream], s.Seq, "%s", src.Ref)
			}
		}
		require.NotZero(t, drafts)
	}
}

// after puts more lines behind the one of that command id.
func after(lines []line, command string, more ...line) []line {
	i := slices.IndexFunc(lines, func(l line) bool { return l.Command == command })
	return slices.Insert(slices.Clone(lines), i+1, more...)
}

func demoLine(name, content string) line {
	return line{Command: fmt.Sprintf("late-%s-%.16x", name, sha256.Sum256([]byte(content))), Name: name, Actor: "coordinator:demo", Content: json.RawMessage(content)}
}

// talking is the demo with a session that does not end, and nothing that follows from its end.
func talking() (lines []line) {
	for _, l := range readDemo() {
		ends := l.Name == "complete-synthesis" || (slices.Contains([]string{"close-session", "reconcile-tally", "certify-dialogue"}, l.Name) && strings.Contains(string(l.Content), "dl_FR"))
		if !ends {
			lines = append(lines, l)
		}
	}
	return lines
}

// What comes after a draft was not seen by it.
func TestTraceEndsAtTheDraft(t *testing.T) {
	t.Parallel()
	lines := talking()
	early := recordsOf(lines)
	late := recordsOf(after(lines, "demo-0091",
		demoLine("react", `{"conversation":"dl_FR","statement":"1","respondent":"latecomer","value":"disagree"}`),
		demoLine("moderate-statement", `{"conversation":"dl_FR","statement":"1","decision":"hide","reasonCode":"rude","guideline":{"id":"ar_guide","version":1},"moderator":"mod-fr"}`),
		demoLine("link-statement", `{"conversation":"dl_FR","statement":"2","relation":"duplicateOf","target":"1","by":"mod-fr"}`),
		demoLine("post-statement", `{"conversation":"dl_FR","statement":"late","kind":"statement","text":"Too late.","lang":"en","author":"latecomer"}`),
	))
	require.Len(t, late, len(early)+4)
	for _, id := range []domain.RecommendationID{"rc_fr_1", "rc_world_1"} {
		want, got := trace(t, early, id), trace(t, late, id)
		require.Equal(t, parts(want), parts(got))
		for _, s := range got {
			require.False(t, strings.HasPrefix(s.Meta.Command, "late-"), "%s is not part of it", s.Meta.Command)
		}
	}

	// Before the draft, all of that but the new statement is.
	before := recordsOf(after(lines, "demo-0089",
		demoLine("react", `{"conversation":"dl_FR","statement":"1","respondent":"latecomer","value":"disagree"}`),
		demoLine("link-statement", `{"conversation":"dl_FR","statement":"2","relation":"duplicateOf","target":"1","by":"mod-fr"}`),
		demoLine("post-statement", `{"conversation":"dl_FR","statement":"late","kind":"statement","text":"In time.","lang":"en","author":"latecomer"}`),
	))
	want, got := parts(trace(t, early, "rc_fr_1")), parts(trace(t, before, "rc_fr_1"))
	want[replay.PartReaction]++
	want[replay.PartStatement]++
	require.Equal(t, want, got)
}

// A source that is cited by two drafts is there as far as the later one has seen it.
func TestTraceSharedSource(t *testing.T) {
	t.Parallel()
	lines := after(talking(), "demo-0274",
		demoLine("open-edition", `{"edition":"ed_other","title":{"source":"en","text":{"en":"Other"}},"mandate":{"source":"en","text":{"en":"None"}},"languages":["en"],"coordinator":"pt_1","decisionOwners":[]}`),
		demoLine("react", `{"conversation":"dl_FR","statement":"1","respondent":"latecomer","value":"disagree"}`),
		demoLine("react", `{"conversation":"dl_FR","statement":"2","respondent":"latecomer","value":"disagree"}`),
		demoLine("moderate-statement", `{"conversation":"dl_FR","statement":"1","decision":"hide","reasonCode":"rude","guideline":{"id":"ar_guide","version":1},"moderator":"mod-fr"}`),
		demoLine("moderate-statement", `{"conversation":"dl_FR","statement":"1","decision":"restore","moderator":"mod-fr"}`),
		demoLine("draft-recommendation", `{"edition":"ed_demo","recommendation":"rc_two","level":"global","body":"citizens","kind":"vision","text":{"source":"en","text":{"en":"Two"}},"sources":[{"ref":{"stream":"recommendation-rc_fr_1","version":1},"role":"basis"},{"ref":{"stream":"statement-dl_FR/1","version":3},"role":"contrast"},{"ref":{"stream":"statement-dl_KE/4","version":1},"role":"quote"}],"editor":"ed"}`),
	)
	events := map[domain.StreamID]int{}
	for _, s := range trace(t, recordsOf(lines), "rc_two") {
		events[s.Stream]++
	}
	require.Equal(t, 3, events["statement-dl_FR/1"], "the hiding is seen by the global draft, and the restoring is not")
	require.Equal(t, 1, events["statement-dl_KE/4"], "its moderation was left out")
	require.Equal(t, 1, events["recommendation-rc_fr_1"], "the draft alone was cited")
	require.Equal(t, 1, events["recommendation-rc_two"])
	require.Equal(t, 1, events["reactions-dl_FR/latecomer"], "to the statement that the later draft cites, not to the one that only the earlier one does")
	require.Zero(t, events["edition-ed_other"])
}

// Statements from elsewhere bring the import that they follow from, and no other.
func TestTraceImports(t *testing.T) {
	t.Parallel()
	w := honest().clone()
	posted, err := w.first("statement-posted.v1").Decode()
	require.NoError(t, err)
	imported := func(id domain.ImportID) domain.Record {
		r := domain.Record{Stream: domain.ImportStream(id), ID: domain.NewEventID("import", domain.ImportStream(id), 0), Type: "import-recorded.v1", Meta: w.records[0].Meta}
		_, r.Data, err = domain.Encode(domain.ImportRecorded{Import: id, Conversation: "dl_FR"})
		require.NoError(t, err)
		return r
	}
	one, other := imported("one"), imported("other")
	posted.Meta.Causation = &one.ID
	w.first("statement-posted.v1").Meta, err = domain.EncodeMeta(posted.Meta)
	require.NoError(t, err)
	w.records = slices.Insert(w.records, 1, other, one)
	w.renumber()
	n := 0
	for _, s := range trace(t, w.records, "rc_fr_1") {
		if s.Part == replay.PartImport {
			require.Equal(t, one.ID, s.ID)
			n++
		}
	}
	require.Equal(t, 1, n)
}

func TestTraceNotFound(t *testing.T) {
	t.Parallel()
	for _, id := range []domain.RecommendationID{"rc_nobody", "", "dl_FR", "rc_fr_1/"} {
		n := 0
		for _, err := range replay.Trace(context.Background(), func() iter.Seq2[domain.Record, error] { return source(demo()) }, id) {
			require.ErrorIs(t, err, replay.ErrNotFound)
			n++
		}
		require.Equal(t, 1, n)
	}
}

// A source that breaks in either walk is an error, and a receiver may have enough at any step.
func TestTraceEnds(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for walk := 1; walk <= 2; walk++ {
		opened, failures := 0, 0
		open := func() iter.Seq2[domain.Record, error] {
			opened++
			if opened < walk {
				return source(demo())
			}
			return func(yield func(domain.Record, error) bool) {
				if yield(demo()[0], nil) {
					yield(domain.Record{}, broken)
				}
			}
		}
		for _, err := range replay.Trace(context.Background(), open, "rc_fr_1") {
			if err != nil {
				require.ErrorIs(t, err, broken)
				failures++
			}
		}
		require.Equal(t, 1, failures)
	}
	steps := 0
	for range replay.Trace(context.Background(), func() iter.Seq2[domain.Record, error] { return source(demo()) }, "rc_world_1") {
		if steps++; steps == 5 {
			break
		}
	}
	require.Equal(t, 5, steps)
}
