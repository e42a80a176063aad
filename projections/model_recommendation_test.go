package projections

import (
	"cmp"
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
)

// TestLineageIsThatOfTheGraph draws the whole graph at the end, from what every recommendation stands on then, and compares it node by node.
func TestLineageIsThatOfTheGraph(t *testing.T) {
	t.Parallel()
	dropped, replaced := 0, 0
	checkUntil(t, func() bool { return dropped > 0 && replaced > 0 }, func(t *rapid.T) {
		facts := focusedHistory(t, steps, "recommend").facts()
		type edge struct {
			by domain.StreamID
			domain.Source
		}
		nodes := map[domain.StreamID]bool{}
		var edges []edge
		var links []Link
		type place struct{ of, by domain.StreamID }
		var places []place
		for _, f := range facts {
			stand := func(sources []domain.Source) {
				nodes[f.Stream] = true
				for _, s := range sources {
					nodes[s.Ref.Stream] = true
					edges = append(edges, edge{f.Stream, s})
				}
			}
			switch e := f.Event.(type) {
			case domain.RecommendationDrafted:
				stand(e.Sources)
			case domain.RecommendationRevised:
				edges = slices.DeleteFunc(edges, func(x edge) bool { return x.by == f.Stream && slices.Contains(e.SourcesRemoved, x.Source) })
				dropped += len(e.SourcesRemoved)
				stand(e.SourcesAdded)
			case domain.RecommendationSuperseded:
				for _, id := range e.By {
					places = append(places, place{f.Stream, domain.RecommendationStream(id)})
					replaced++
				}
			case domain.StatementLinked:
				nodes[f.Stream], nodes[e.Target.Stream] = true, true
				links = append(links, Link{f.Stream, e.Relation, e.Target.Stream})
			}
		}
		docs := whole(t, []View{Lineage}, facts)
		require.Len(t, docs, len(nodes))
		for ref, doc := range docs {
			var d LineageDoc
			require.NoError(t, json.Unmarshal(doc.Data, &d))
			require.EqualValues(t, ref.Key, d.Stream)
			want := LineageDoc{Stream: d.Stream, Sources: []domain.Source{}, UsedBy: []Use{}, Links: []Link{}, SupersededBy: []Successor{}, Supersedes: []Predecessor{}}
			for _, x := range edges {
				if x.by == d.Stream {
					want.Sources = append(want.Sources, x.Source)
				}
				if x.Ref.Stream == d.Stream {
					want.UsedBy = append(want.UsedBy, Use{x.by, x.Ref.Version, x.Role})
				}
			}
			for _, l := range links {
				if l.From == d.Stream || l.To == d.Stream {
					want.Links = append(want.Links, l)
				}
			}
			for _, p := range places {
				if p.of == d.Stream {
					want.SupersededBy = append(want.SupersededBy, Successor{p.by, domain.Replaced})
				}
				if p.by == d.Stream {
					want.Supersedes = append(want.Supersedes, Predecessor{p.of, domain.Replaced})
				}
			}
			require.Equal(t, want, d)
		}
	})
	require.Positive(t, dropped)
	require.Positive(t, replaced)
}

// TestCardsTellTheStream holds every card to the events of its recommendation, read anew.
func TestCardsTellTheStream(t *testing.T) {
	t.Parallel()
	statuses := map[string]int{}
	all := []string{"draft", "endorsement", "counted", "adopted", "deferred", "superseded", "submitted", "answered", "followedUp"}
	everything := func() bool {
		return !slices.ContainsFunc(all, func(status string) bool { return statuses[status] == 0 })
	}
	checkUntil(t, func() bool { return everything() }, func(t *rapid.T) {
		w := focusedHistory(t, steps, pick(t, "focus", "recommend", "after"))
		for ref, doc := range whole(t, []View{Recommendation}, w.facts()) {
			var d RecommendationDoc
			require.NoError(t, json.Unmarshal(doc.Data, &d))
			stream := domain.RecommendationStream(domain.RecommendationID(ref.Key))
			r := state[domain.RecommendationState](w, stream)
			require.Equal(t, r.Version(), d.Version)
			require.Equal(t, r.Text(), d.Text)
			require.Equal(t, r.Sources(), d.Sources)
			require.Len(t, d.Versions, d.Version)
			status, outcome, superseded := "", domain.Outcome(""), false
			var passed []domain.Chamber
			for _, e := range w.streams[stream] {
				switch e := e.(type) {
				case domain.RecommendationDrafted, domain.RecommendationRevised:
					status = "draft"
				case domain.EndorsementOpened:
					status, outcome, passed = "endorsement", "", nil
					require.Len(t, e.Chambers, 2)
				case domain.EndorsementClosed:
					status = "counted"
				case domain.RecommendationDecided:
					status, outcome, passed = string(e.Outcome), e.Outcome, e.ChambersPassed
				case domain.RecommendationSuperseded:
					status, superseded = "superseded", true
				}
			}
			require.Equal(t, outcome, d.Outcome)
			require.Equal(t, superseded, d.Superseded != nil)
			for _, c := range d.Chambers {
				require.Equal(t, slices.Contains(passed, c.Chamber), c.Passed != nil && *c.Passed)
				require.Equal(t, outcome != "", c.Passed != nil)
			}
			handed := 0
			for _, e := range happenedOf[domain.RecommendationSubmitted](w) {
				if e.RecommendationID == d.Recommendation {
					require.Equal(t, HandedTo{e.Submission, e.Addressee, e.SubmittedAt, e.Recommendation.Version}, d.Submissions[handed])
					handed++
				}
			}
			require.Len(t, d.Submissions, handed)
			if !superseded && handed > 0 {
				status = "submitted"
				for _, h := range d.Submissions {
					for _, e := range w.streams[domain.SubmissionStream(h.Submission)] {
						switch e := e.(type) {
						case domain.ResponseReceived:
							if e.Kind != domain.Acknowledgement && status == "submitted" {
								status = "answered"
							}
						case domain.FollowUpReported:
							status = "followedUp"
						}
					}
				}
			}
			require.Equal(t, status, string(d.Status))
			statuses[status]++
		}
	})
	require.True(t, everything(), "%v", statuses)
}

// TestTalliesTellTheSheets groups the sheets of every session anew, and compares the counts cell by cell.
func TestTalliesTellTheSheets(t *testing.T) {
	t.Parallel()
	differing, settled := 0, 0
	checkUntil(t, func() bool { return differing > 0 && settled > 0 }, func(t *rapid.T) {
		facts := focusedHistory(t, steps, "recommend").facts()
		docs := whole(t, []View{Tally}, facts)
		seen := map[string]bool{}
		for _, f := range facts {
			find := func(in domain.DialogueID, session domain.SessionID, ref domain.ArtefactRef, wave domain.Wave) TallyQuestion {
				var d TallyDoc
				key := TallyKey(in, session)
				seen[key] = true
				require.NoError(t, json.Unmarshal(docs[Ref{Tally.Name, key}].Data, &d))
				require.True(t, slices.IsSortedFunc(d.Questions, func(a, b TallyQuestion) int {
					return cmp.Or(cmp.Compare(a.Question.ID, b.Question.ID), cmp.Compare(a.Question.Version, b.Question.Version), cmp.Compare(a.Wave, b.Wave))
				}))
				i := slices.IndexFunc(d.Questions, func(q TallyQuestion) bool { return q.Question == ref && q.Wave == wave })
				require.GreaterOrEqual(t, i, 0)
				return d.Questions[i]
			}
			switch e := f.Event.(type) {
			case domain.TallySheetRecorded:
				q := find(e.Dialogue, e.Session, e.Question, e.Wave)
				i := slices.IndexFunc(q.Sheets, func(s TallySheet) bool { return s.Table == e.Table })
				n := slices.IndexFunc(q.Sheets[i].Entries, func(x TallyEntry) bool { return x.Entry == e.Entry })
				require.Equal(t, TallyEntry{e.Entry, e.Clerk, e.Counts, e.Valid, e.Blank, e.Spoiled, e.Sheet}, q.Sheets[i].Entries[n])
				if e.Entry == domain.EntryA {
					require.Zero(t, n, "A, B, C")
				}
				if entries := q.Sheets[i].Entries; len(entries) > 1 {
					a, b := entries[0], entries[1]
					same := a.Counts["a"] == b.Counts["a"] && a.Counts["b"] == b.Counts["b"] && a.Counts["yes"] == b.Counts["yes"] && a.Counts["no"] == b.Counts["no"] &&
						a.Valid == b.Valid && a.Blank == b.Blank && a.Spoiled == b.Spoiled
					require.Equal(t, same, len(q.Sheets[i].Differ) == 0)
					if !same {
						differing++
					}
				}
			case domain.TallyReconciled:
				got := find(e.Dialogue, e.Session, e.Question, e.Wave).Reconciled
				require.Equal(t, &ReconciledNumbers{e.Source, e.CheckedIn, e.Issued, e.Ballots, e.Missing, e.Void, e.Counts, e.Difference, e.Resolution, f.Meta.Time}, got)
				settled++
			}
		}
		require.Len(t, docs, len(seen))
	})
	require.Positive(t, differing)
	require.Positive(t, settled)
}
