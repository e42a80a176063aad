package commands_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
)

// draftOn drafts a recommendation of dl_1, or a global one, on the given streams as they stand.
func draftOn(id string, level domain.Level, streams ...string) string {
	dialogue := `"dialogue":"dl_1",`
	if level == domain.GlobalLevel {
		dialogue = ""
	}
	return fmt.Sprintf(`{"edition":"ed_1",%s"recommendation":"%s","level":"%s","body":"citizens","kind":"vision","text":{"source":"en","text":{"en":"Text."}},"sources":%s,"editor":"ed"}`,
		dialogue, id, level, sourcesOn(0, streams...))
}

func reviseOn(id string, version int, added, removed string) string {
	return fmt.Sprintf(`{"recommendation":"%s","version":%d,"text":{"source":"en","text":{"en":"Text %d."}},"sourcesAdded":%s,"sourcesRemoved":%s,"rationale":"r","editor":"ed"}`,
		id, version, version, added, removed)
}

func sourcesOn(version int, streams ...string) string {
	parts := []string{}
	for _, s := range streams {
		parts = append(parts, fmt.Sprintf(`{"ref":{"stream":"%s","version":%d},"role":"basis"}`, s, version))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// However recommendations come to stand on one another, no way leads from one back to itself.
func TestRecommendationsHaveNoCycle(t *testing.T) {
	t.Parallel()
	refused, revised := 0, 0
	checkUntil(t, func() bool { return refused > 0 && revised > 0 }, func(t *rapid.T) {
		w := newWorld(t)
		w.tell("react")
		ids := []string{"a", "b", "c", "d", "e"}
		for _, id := range ids {
			w.must("draft-recommendation", "draft "+id, draftOn(id, domain.NationalLevel, "statement-dl_1/1"))
		}
		graph := map[string][]string{}
		leads := func(from, to string) bool {
			seen := map[string]bool{from: true}
			for todo := []string{from}; len(todo) > 0; todo = todo[1:] {
				for _, next := range graph[todo[0]] {
					if next == to {
						return true
					}
					if !seen[next] {
						seen[next] = true
						todo = append(todo, next)
					}
				}
			}
			return false
		}
		version := map[string]int{}
		cited := map[string]map[string]uint64{}
		for step := range rapid.IntRange(1, 15).Draw(t, "steps") {
			from, to := rapid.SampledFrom(ids).Draw(t, "from"), rapid.SampledFrom(ids).Draw(t, "to")
			added, removed := sourcesOn(0, "recommendation-"+to), "[]"
			drops := cited[from][to] > 0
			if drops { // it stands on it: it leaves it
				added, removed = "[]", sourcesOn(int(cited[from][to]), "recommendation-"+to)
			}
			r, err := w.run("revise-recommendation", fmt.Sprint("step ", step), reviseOn(from, version[from]+2, added, removed))
			if !drops && (from == to || leads(to, from)) {
				require.ErrorIs(t, err, domain.ErrCycle)
				refused++
				continue
			}
			require.NoError(t, err)
			revised++
			version[from]++
			if cited[from] == nil {
				cited[from] = map[string]uint64{}
			}
			if cited[from][to] = 0; drops {
				graph[from] = slices.DeleteFunc(graph[from], func(s string) bool { return s == to })
				continue
			}
			graph[from] = append(graph[from], to)
			cited[from][to] = w.fact(r.Events[0].Seq).Event.(domain.RecommendationRevised).SourcesAdded[0].Ref.Version
		}
		newAudit().follow(t, w.records())
	})
	require.Positive(t, refused)
	require.Positive(t, revised)
}

// A global recommendation comes from as many countries as the protocol asks for, directly or by way of others.
func TestCountriesOfAncestors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, s := range story {
		w.must(s.name, fmt.Sprint("s", i), strings.Replace(s.content, `"globalMinCountries":"1"`, `"globalMinCountries":"2"`, 1))
		if s.name == "draft-recommendation" {
			break // of rc_1, in FR
		}
	}
	meta := domain.Meta{Source: "ed_1", Dialogue: "dl_2"}
	w.putAs(meta, "dialogue-dl_2", domain.DialogueRegistered{Dialogue: "dl_2", Edition: "ed_1", Place: "KE", Partner: "pt", Mode: domain.RoomMode, SampleType: domain.Quota, Languages: []domain.Lang{"en"}})
	w.putAs(meta, "statement-dl_2/1", domain.StatementPosted{Conversation: "dl_2", Statement: "1", Kind: domain.PlainStatement, Text: domain.Commitment{1}, Lang: "en", Author: "p"})
	refused := func(content string) {
		t.Helper()
		before := len(w.records())
		_, err := w.run("draft-recommendation", fmt.Sprint("refused ", before, len(content)), content)
		require.ErrorIs(t, err, domain.ErrNoSource)
		require.Len(t, w.records(), before)
	}
	refused(draftOn("g1", domain.GlobalLevel, "recommendation-rc_1"))
	refused(draftOn("g1", domain.GlobalLevel, "recommendation-rc_1", "statement-dl_1/2"))
	refused(draftOn("g1", domain.GlobalLevel, "statement-dl_2/1"))
	w.must("draft-recommendation", "g1", draftOn("g1", domain.GlobalLevel, "recommendation-rc_1", "statement-dl_2/1"))
	w.must("draft-recommendation", "g2", draftOn("g2", domain.GlobalLevel, "recommendation-g1")) // through another one
	r := w.must("draft-recommendation", "g3", draftOn("g3", domain.GlobalLevel, "recommendation-g2"))
	require.Equal(t, "edition-ed_1@6 recommendation-g2@1 recommendation-g1@1 recommendation-rc_1@1 dialogue-dl_1@5 statement-dl_2/1@1 dialogue-dl_2@1",
		observedBy(w.fact(r.Events[0].Seq)), "sources of lower levels are not walked further")
	_, err := w.run("revise-recommendation", "narrow", reviseOn("g1", 2, "[]", sourcesOn(1, "statement-dl_2/1")))
	require.ErrorIs(t, err, domain.ErrNoSource)
	_, err = w.run("revise-recommendation", "round", reviseOn("g1", 2, sourcesOn(0, "recommendation-g3"), "[]"))
	require.ErrorIs(t, err, domain.ErrCycle)

	judges(t, w.records(), domain.RecommendationDrafted{})
}

// Worksheets and reconciled tallies are sources, and the seats of a table and single sheets are not.
func TestSourcesOfTheRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("reconcile-tally")
	w.seat("t1", "", domain.CitizenChamber, 5)
	table, tally := domain.StreamName("table", "dl_1", "t1"), domain.TallyStream("dl_1", "s1")
	refused := func(rule *domain.Rejection, version int, stream domain.StreamID) {
		t.Helper()
		_, err := w.run("draft-recommendation", fmt.Sprint("refused ", version, stream), strings.Replace(draftOn("rc_9", domain.NationalLevel, string(stream)), `"version":0`, fmt.Sprintf(`"version":%d`, version), 1))
		require.ErrorIs(t, err, rule)
	}
	refused(domain.ErrNoSource, 0, table)
	w.put(table, domain.TableOutputRecorded{Dialogue: "dl_1", Table: "t1", Output: "o1", Session: "s1", Revision: 1, By: "n"})
	refused(domain.ErrNoSource, 1, table)
	refused(domain.ErrUnknownRef, 3, table)
	refused(domain.ErrNoSource, 2, tally) // counted, and not reconciled
	refused(domain.ErrNoSource, 0, "dialogue-dl_1")
	refused(domain.ErrNoSource, 0, "ballot-dl_1/p1")
	refused(domain.ErrUnknownRef, 0, "statement-dl_1/99")
	w.must("draft-recommendation", "stands", draftOn("rc_8", domain.TableLevel, string(table), string(tally), "statement-dl_1/1"))
	w.must("moderate-statement", "hide", `{"conversation":"dl_1","statement":"1","decision":"hide","reasonCode":"rude","guideline":{"id":"ar_g","version":1},"moderator":"mod"}`)
	refused(domain.ErrNoSource, 0, "statement-dl_1/1")
	refused(domain.ErrNoSource, 1, "statement-dl_1/1")
}

// A source "as it stands" is the one that stood when the command was sent for the first time.
func TestReviseAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("draft-recommendation")
	content := reviseOn("rc_1", 2, sourcesOn(0, "statement-dl_1/2"), "[]")
	r := w.must("revise-recommendation", "mine", content)
	w.must("moderate-statement", "later", `{"conversation":"dl_1","statement":"2","decision":"accept","moderator":"mod"}`)
	before := len(w.records())
	require.Equal(t, repeated(r), w.must("revise-recommendation", "mine", content))
	require.Empty(t, w.must("revise-recommendation", "the same", reviseOn("rc_1", 2, sourcesOn(2, "statement-dl_1/2"), "[]")).Events) // posted and linked
	_, err := w.run("revise-recommendation", "mine", strings.Replace(content, "Text 2.", "Another.", 1))
	require.ErrorIs(t, err, domain.ErrIdempotencyConflict)
	require.Len(t, w.records(), before)

	w.must("draft-recommendation", "next", draftOn("rc_2", domain.NationalLevel, "recommendation-rc_1"))
	supersede := `{"recommendation":"rc_1","by":["rc_2"],"relation":"merged","reason":"one of two"}`
	gone := w.must("supersede-recommendation", "gone", supersede)
	require.Equal(t, repeated(r), w.must("revise-recommendation", "mine", content))
	require.Equal(t, repeated(gone), w.must("supersede-recommendation", "gone", supersede))
	for name, content := range map[string]string{
		"revise-recommendation": reviseOn("rc_1", 3, "[]", "[]"), "open-endorsement": contentOf("open-endorsement"),
		"supersede-recommendation": strings.Replace(supersede, "merged", "replaced", 1),
	} {
		_, err := w.run(name, "late "+name, content)
		require.ErrorIs(t, err, domain.ErrSuperseded, name)
	}
	_, err = w.run("supersede-recommendation", "back", `{"recommendation":"rc_2","by":["rc_1"],"relation":"replaced","reason":"r"}`)
	require.ErrorIs(t, err, domain.ErrNoSource)
	_, err = w.run("supersede-recommendation", "nobody", `{"recommendation":"rc_2","by":["rc_9"],"relation":"replaced","reason":"r"}`)
	require.ErrorIs(t, err, domain.ErrUnknownRef)
	_, err = w.run("revise-recommendation", "of nothing", reviseOn("rc_9", 2, "[]", "[]"))
	require.ErrorIs(t, err, domain.ErrUnknownRef)
}
