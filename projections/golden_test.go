package projections

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

var update = flag.Bool("update", false, "write the golden documents anew")

// oneDay is a fixed history, short enough to be counted by hand.
func oneDay(t require.TestingT) *world {
	w := newWorld(t)
	must := func(did bool) { require.True(t, did, "after record %d", len(w.records)) }
	statement := func(id domain.StatementID, role domain.SourceRole) domain.Source {
		return domain.Source{Ref: domain.Ref{Stream: domain.StatementStream("dl_1", id), Version: 1}, Role: role}
	}
	w.openEditions()
	w.begin("dl_1", "ed_1", "KE", domain.Sortition)
	w.begin("dl_2", "ed_1", "KE", domain.OpenOnline)
	w.begin("dl_3", "ed_1", "NL", domain.Sortition)

	must(w.register("dl_1", "pa_1", domain.CitizenChamber))
	must(w.register("dl_1", "pa_2", domain.StakeholderChamber))
	must(w.register("dl_2", "pa_3", domain.CitizenChamber))
	must(w.consent("dl_1", "pa_1", domain.Participate, domain.DataUse))
	must(w.withdraw("dl_1", "pa_1", domain.DataUse))
	must(w.arrive("dl_1", domain.CitizenChamber, "", "pa_4", "pa_5", "pa_6", "pa_7"))
	must(w.arrive("dl_1", domain.CitizenChamber, "ss_1", "pa_8"))
	must(w.arrive("dl_1", domain.StakeholderChamber, "", "pa_9"))
	must(w.form("dl_1", "1", "", "f1", "pa_4", "pa_5", "pa_6"))
	must(w.form("dl_1", "1", "ss_1", "f1", "pa_4", "pa_5"))
	must(w.form("dl_1", "1", "ss_1", "f2", "pa_4")) // somebody moves
	must(w.form("dl_1", "2", "ss_1", "f2", "pa_5", "pa_8"))
	must(w.write("dl_1", "1", "sheet", "ss_1", domain.Idea, domain.RankedChoice))
	must(w.write("dl_1", "1", "sheet", "ss_1", domain.Idea, domain.Idea, domain.Disagreement)) // in its next revision
	must(w.consent("dl_1", "pa_2", domain.Participate, domain.DataUse))
	must(w.report("dl_1", "r1", "phone", "", 20))
	must(w.report("dl_1", "r2", "phone", "r1", 21))
	must(w.report("dl_1", "r3", "letter", "", 4))
	must(w.redraw("dl_1", "pa_20"))
	must(w.checkIn("dl_1", "pa_2", "ss_2"))
	must(w.register("dl_1", "pa_farmer", domain.StakeholderChamber))
	must(w.erase("dl_1", "pa_farmer"))

	must(w.admit("pt_2", domain.Recruiter))
	must(w.admit("pt_3", domain.Translator))
	must(w.declare("pt_2", "ann", domain.DirectInterest))
	must(w.declare("pt_2", "bob", domain.IndirectInterest))
	must(w.declare("pt_2", "ann", domain.NoInterest)) // sells her well
	must(w.train("pt_2", "bob", domain.TableFacilitator))
	must(w.train("pt_2", "ann", domain.TableFacilitator))
	must(w.end("pt_3", "pt_2"))

	must(w.post("dl_1", "st_1", "p1"))
	must(w.post("dl_1", "st_2", "p2"))
	must(w.post("dl_1", "st_3", "p2"))
	must(w.post("dl_3", "st_1", "p1"))
	must(w.moderate("dl_1", "st_1", domain.Accept))
	must(w.moderate("dl_1", "st_2", domain.Hide))
	must(w.moderate("dl_1", "st_2", domain.Restore))
	must(w.link("dl_1", "st_3", "st_1", domain.DuplicateOf))

	must(w.react("dl_1", "p1", "st_1", domain.Agree, false, false))
	must(w.react("dl_1", "p2", "st_1", domain.Agree, true, false))
	must(w.react("dl_1", "p2", "st_1", domain.Disagree, true, false)) // changes their mind
	must(w.react("dl_1", "p2", "st_2", domain.Pass, false, false))
	must(w.react("dl_1", "p2", "st_2", domain.Pass, false, true)) // says so again elsewhere
	must(w.moderate("dl_1", "st_2", domain.Refuse))
	must(w.react("dl_3", "p1", "st_1", domain.Agree, false, false))

	vote := func(who domain.Pseudonym, a domain.Answer) bool {
		return w.vote("dl_1", who, "ss_1", mayor, domain.PostWave, a)
	}
	must(vote("p1", domain.Answer{Option: "a"}))
	must(vote("p2", domain.Answer{Option: "a"}))
	must(vote("p2", domain.Answer{Option: "b"})) // changes their mind
	must(vote("p3", domain.Answer{NonResponse: domain.DontKnow}))
	must(vote("p4", domain.Answer{Option: "c"}))
	must(w.void("dl_1", "p4", "ss_1", mayor, domain.PostWave)) // c is gone
	must(w.vote("dl_1", "1", "ss_1", table, domain.PostWave, domain.Answer{Option: "b"}))
	must(w.vote("dl_1", "p2", "ss_1", ranks, domain.PreWave, domain.Answer{Ranking: [][]domain.OptionID{{"b"}, {"c"}}}))
	must(w.vote("dl_2", "p1", "ss_1", mayor, domain.PostWave, domain.Answer{Option: "a"}))
	must(w.close("dl_1", "ss_1"))
	must(w.deviate("dl_1", "ss_1", domain.Minor))
	must(w.deviate("dl_1", "", domain.Minor))

	must(w.sheet("dl_1", "ss_1", domain.PostWave, mayor, question(mayor), "t1", domain.EntryA, "x", answersOf(1, 1, map[string]int{"a": 1, "b": 1})))
	must(w.sheet("dl_1", "ss_1", domain.PostWave, mayor, question(mayor), "t1", domain.EntryB, "y", answersOf(1, 1, map[string]int{"a": 1, "b": 1})))
	must(w.reconcile("dl_1", "ss_1", domain.PostWave, mayor, question(mayor), domain.FromBallots, ""))

	must(w.open("dl_1", "ss_2"))
	must(w.draft("rc_1", "dl_1", "", statement("st_1", domain.Basis), statement("st_3", domain.ContrastRole), statement("st_1", domain.QuoteRole)))
	must(w.revise("rc_1", "More wells.", []domain.Source{{Ref: domain.Ref{Stream: domain.TallyStream("dl_1", "ss_1"), Version: 3}, Role: domain.SupportRole}},
		[]domain.Source{statement("st_3", domain.ContrastRole), statement("st_1", domain.QuoteRole)}))
	must(w.callEndorsement("rc_1", "ss_2"))
	vote2, q2 := endorse("rc_1", 2), endorseQuestion("rc_1", 2)
	must(w.sheet("dl_1", "ss_2", domain.EndorsementWave, vote2, q2, "", domain.EntryA, "x", answersOf(0, 0, map[string]int{"yes": 6, "no": 3})))
	must(w.sheet("dl_1", "ss_2", domain.EndorsementWave, vote2, q2, "", domain.EntryB, "y", answersOf(1, 0, map[string]int{"yes": 6, "no": 2})))
	must(w.sheet("dl_1", "ss_2", domain.EndorsementWave, vote2, q2, "", domain.EntryC, "z", answersOf(0, 0, map[string]int{"yes": 6, "no": 3})))
	must(w.close("dl_1", "ss_2"))
	must(w.reconcile("dl_1", "ss_2", domain.EndorsementWave, vote2, q2, domain.FromSheets, "a cross beside the box"))
	must(w.countEndorsement("rc_1", 0, 0))
	must(w.settle("rc_1", domain.Adopted, 2))
	must(w.certify("dl_1"))
	must(w.draft("rc_2", "", "ed_1", domain.Source{Ref: domain.Ref{Stream: domain.RecommendationStream("rc_1"), Version: 5}, Role: domain.Basis},
		domain.Source{Ref: domain.Ref{Stream: domain.StatementStream("dl_3", "st_1"), Version: 1}, Role: domain.SupportRole}))
	w.prepare(must)
	w.afterwards(must)
	must(w.draft("rc_5", "dl_1", "", domain.Source{Ref: domain.Ref{Stream: domain.RecommendationStream("rc_1"), Version: 1}, Role: domain.Basis}))
	must(w.draft("rc_6", "dl_1", "", domain.Source{Ref: domain.Ref{Stream: domain.RecommendationStream("rc_5"), Version: 1}, Role: domain.Basis}))
	must(w.supersede("rc_5", "rc_6"))
	return w
}

// TestGoldenDocuments shows one document of every view, after the day or after what followed from it. When one changes, so must the version of its view.
func TestGoldenDocuments(t *testing.T) {
	t.Parallel()
	shown := map[string]string{
		"accountability": "ed_1",
		"artefact":       "ar_wells",
		"coding":         "ar_frame",
		"conversation":   "dl_1",
		"answers":        "ed_1/KE",
		"country":        "KE",
		"dialogue":       "dl_1",
		"edition":        "ed_1",
		"global":         "ed_1",
		"lineage":        "recommendation-rc_1",
		"partner":        "ed_1/pt_2",
		"publication":    "pb_1",
		"recommendation": "rc_1",
		"room":           "dl_1",
		"recruitment":    "dl_1",
		"statement":      "dl_1/st_1",
		"submission":     "sb_1",
		"synthesis":      "ed_1",
		"tally":          "dl_1/ss_2",
	}
	w := oneDay(t)
	docs := whole(t, All(), w.facts())
	w.aftermath(func(did bool) { require.True(t, did, "after record %d", len(w.records)) })
	require.True(t, w.forget(factsOf[domain.StatementPosted](w)[1], "text"))
	for ref, doc := range whole(t, []View{Accountability, Dialogue, Publication, Recommendation, Submission, Synthesis}, w.facts()) {
		docs[ref] = doc
	}
	for _, v := range All() {
		require.Contains(t, shown, v.Name)
		path := filepath.Join("testdata", v.Name+".json")
		doc, ok := docs[Ref{v.Name, shown[v.Name]}]
		require.True(t, ok, v.Name)
		if *update {
			require.NoError(t, os.WriteFile(path, doc.Data, 0o644))
		}
		golden, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(golden), string(doc.Data), v.Name)
	}
	entries, err := os.ReadDir("testdata")
	require.NoError(t, err)
	for _, e := range entries {
		if !e.IsDir() {
			require.Contains(t, shown, strings.TrimSuffix(e.Name(), ".json"), "a document of no view")
		}
	}
}

func TestViewNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, v := range All() {
		require.False(t, seen[v.Name], v.Name)
		seen[v.Name] = true
		require.Positive(t, v.Version)
		require.NotEmpty(t, v.About)
		got, ok := ByName(v.Name)
		require.True(t, ok)
		require.Equal(t, v.About, got.About)
	}
	_, ok := ByName("horoscope")
	require.False(t, ok)
	require.Equal(t, "global ed_1", Ref{"global", "ed_1"}.String())
}
