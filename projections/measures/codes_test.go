package measures

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/projections/stats"
)

// frame puts a coding frame before coders, as version 1.
func (w *world) frame(codes ...string) domain.ArtefactRef {
	e := domain.ArtefactVersionAdded{Artefact: "ar_frame", Version: 1, Kind: domain.CodingFrameArtefact, SourceLang: "en"}
	for _, c := range codes {
		e.Codes = append(e.Codes, domain.Code{ID: c, Label: domain.In("en", c)})
	}
	w.add("", "artefact-ar_frame", e)
	return domain.ArtefactRef{ID: "ar_frame", Version: 1}
}

// sheet is a worksheet of a table, with so many items; it says where it stands.
func (w *world) sheet(d domain.DialogueID, table domain.TableID, output domain.OutputID, items int) domain.Ref {
	stream := domain.TableStream(d, table)
	e := domain.TableOutputRecorded{Dialogue: d, Table: table, Output: output, Session: aSession, Revision: 1}
	for i := range items {
		e.Items = append(e.Items, domain.OutputItem{Item: fmt.Sprint(i), Kind: domain.Idea, Lang: "en"})
	}
	w.add(d, stream, e)
	return domain.Ref{Stream: stream, Version: w.revisions[stream]}
}

// code is what somebody finds in an item of a worksheet, or in words that have none.
func (w *world) code(d domain.DialogueID, source domain.Ref, item string, coder string, round int, codes ...string) domain.CodingID {
	s := domain.Segment{Source: source, Item: item, End: 10}
	id := domain.NewCodingID(s)
	w.add(d, domain.CodingStream(id), domain.SegmentCoded{
		Coding: id, Segment: s, Frame: domain.ArtefactRef{ID: "ar_frame", Version: 1}, Codes: codes, Coder: coder, Method: domain.HumanCoding, Round: round,
	})
	return id
}

// The worked example: 50 segments, both yes 20, both no 15, yes and no 5, no and yes 10.
func TestCodesAgreement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dialogue(aDialogue, "AA", domain.Sortition)
	w.frame("yes", "never")
	source := w.sheet(aDialogue, "t1", "o1", 50)
	others := w.sheet(aDialogue, "t2", "o1", 1)
	codes := map[bool][]string{true: {"yes"}, false: {}}
	n := 0
	for _, c := range []struct {
		n    int
		a, b bool
	}{{20, true, true}, {15, false, false}, {5, true, false}, {10, false, true}} {
		for range c.n {
			w.code(aDialogue, source, fmt.Sprint(n), "anna", 1, codes[c.a]...)
			w.code(aDialogue, source, fmt.Sprint(n), "ben", 1, codes[c.b]...)
			n++
		}
	}
	w.code(aDialogue, others, "0", "anna", 1, "yes") // by one only: it is no unit, and nobody's finding yet
	for i := range 8 {
		w.code(aDialogue, domain.Ref{Stream: domain.StreamID(fmt.Sprint("statement-cv_1/st_", i)), Version: 1}, "", "anna", 1)
	}
	var d CodesDoc
	w.document(Codes, "ed_1/ar_frame@1/sortition/AA", &d)
	require.Empty(t, d.Errors)
	require.Equal(t, []stats.Algorithm{stats.AlgorithmKappa, stats.AlgorithmAlpha}, d.Algorithms)
	yes := d.Codes[0]
	require.Equal(t, Reliability{50, 0.4, 0.4}, yes.Reliability)
	require.Equal(t, Reliability{50, 0.4, 0.4}, d.Overall, "with one code, it is all there is")
	require.Equal(t, [5]int{59, 50, 9, 15, 0}, [5]int{d.Segments, d.Settled, d.Once, d.Open, d.Adjudicated})
	require.Equal(t, 20, yes.Segments, "what both found")
	require.Equal(t, Salience{1, 1}, yes.Tables, "however often it was said at one table")
	require.Zero(t, d.Codes[1].Reliability.Alpha, "null: nobody found it, and nobody could disagree")
	require.Equal(t, 50, d.Codes[1].Units)
}

func TestCodesSalience(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.protocol(domain.ProtocolFrozen{Suppression: domain.Suppression{MinBase: 1}})
	for _, place := range []domain.Place{"AA", "BB", "CC"} {
		w.dialogue(domain.DialogueID(fmt.Sprintf("dl_%s", place)), place, domain.Sortition)
	}
	w.frame("cost", "who", "when")
	both := func(d domain.DialogueID, source domain.Ref, item string, codes ...string) domain.CodingID {
		w.code(d, source, item, "anna", 1, codes...)
		return w.code(d, source, item, "ben", 1, codes...)
	}
	a1, a2 := w.sheet("dl_AA", "t1", "o1", 2), w.sheet("dl_AA", "t2", "o1", 1)
	again := w.sheet("dl_AA", "t1", "o1", 3) // revised: it is the same worksheet
	b1, b2 := w.sheet("dl_BB", "t1", "o1", 1), w.sheet("dl_BB", "t1", "o2", 1)
	c1 := w.sheet("dl_CC", "t1", "o1", 1)
	both("dl_AA", a1, "0", "cost")
	both("dl_AA", a1, "1", "cost", "who")
	both("dl_AA", again, "2", "when")
	both("dl_AA", a2, "0", "who")
	both("dl_BB", b1, "0", "cost")
	both("dl_BB", b2, "0")
	w.code("dl_CC", c1, "0", "anna", 1, "cost")
	id := w.code("dl_CC", c1, "0", "ben", 1, "who")

	var d CodesDoc
	w.document(Codes, "ed_1/ar_frame@1/sortition/world", &d)
	require.Equal(t, [4]int{7, 7, 0, 1}, [4]int{d.Segments, d.Settled, d.Once, d.Open})
	require.Equal(t, [3]int{5, 4, 3}, [3]int{d.Sources, d.Tables, d.Countries})
	cost := d.Codes[0]
	require.Equal(t, 3, cost.Segments)
	require.Equal(t, [3]Salience{{2, 0.4}, {2, 0.5}, {2, 0.666667}}, [3]Salience{cost.Sources, cost.Tables, cost.Countries})
	require.Equal(t, []CoOccurrence{{[2]string{"cost", "who"}, 1, 1, 1}, {[2]string{"cost", "when"}, 0, 1, 1}, {[2]string{"who", "when"}, 0, 1, 1}}, d.CoOccurrence)
	require.Equal(t, 7, d.Overall.Units)

	// An adjudication settles it, and leaves the agreement of the coders as it was.
	before := CodesDoc{}
	w.document(Codes, "ed_1/ar_frame@1/sortition/world", &before)
	w.add("dl_CC", domain.CodingStream(id), domain.CodingAdjudicated{Coding: id, Frame: domain.ArtefactRef{ID: "ar_frame", Version: 1}, Round: 1, Codes: []string{"cost"}, Adjudicator: "cleo"})
	d = CodesDoc{}
	w.document(Codes, "ed_1/ar_frame@1/sortition/world", &d)
	require.Equal(t, [2]int{0, 1}, [2]int{d.Open, d.Adjudicated})
	require.Equal(t, Salience{3, 1}, d.Codes[0].Countries)
	require.Equal(t, before.Overall, d.Overall)

	// A second round takes the place of the first; a third coder ends kappa, and a machine is no coder.
	w.code("dl_BB", b1, "0", "anna", 2, "when")
	w.code("dl_BB", b1, "0", "cleo", 2, "when")
	d = CodesDoc{}
	w.document(Codes, "ed_1/ar_frame@1/sortition/world", &d)
	require.Equal(t, 2, d.Codes[2].Segments)
	require.NotZero(t, d.Overall.Alpha)
	require.Zero(t, d.Overall.Kappa)
}
