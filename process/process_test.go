package process

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/domain"
	"daybook.internal/projections"
)

// rules are the rules of gaps, in order.
func rules(gaps []Gap) []string {
	out := []string{}
	for _, g := range gaps {
		out = append(out, g.Rule)
	}
	return out
}

func prepared() Preparation {
	return Preparation{
		Registered: true, SampleType: domain.Sortition, PlannedSize: 96, Languages: []domain.Lang{"en", "sw"}, ProtocolFrozen: true, QuotaPlan: true,
		Instruments: []Instrument{{domain.ArtefactRef{ID: "ar_q", Version: 2}, true, "en", []domain.Lang{"sw", "nl"}}},
		Consent:     &Instrument{domain.ArtefactRef{ID: "ar_c", Version: 1}, true, "sw", []domain.Lang{"en"}}, HeadFacilitators: 1, TableFacilitators: 12,
	}
}

func TestAuthorise(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Preparation)
		want   []string
	}{
		"ready":                  {func(*Preparation) {}, []string{}},
		"not registered":         {func(p *Preparation) { *p = Preparation{} }, []string{Registration}},
		"nothing but registered": {func(p *Preparation) { *p = Preparation{Registered: true, SampleType: domain.Quota} }, []string{ProtocolRule, QuotaPlan, SizeRule, Instruments, Consent, Facilitation, Facilitation}},
		"open online needs no room": {func(p *Preparation) {
			*p = Preparation{Registered: true, SampleType: domain.OpenOnline, ProtocolFrozen: true}
		}, []string{}},
		"waived": {func(p *Preparation) {
			p.ProtocolFrozen, p.PlannedSize, p.Waived = false, 40, []string{ProtocolRule, SizeRule}
		}, []string{}},
		"too many":                {func(p *Preparation) { p.PlannedSize, p.TableFacilitators = 201, 40 }, []string{SizeRule}},
		"not approved":            {func(p *Preparation) { p.Instruments[0].Approved = false }, []string{Approval}},
		"not verified":            {func(p *Preparation) { p.Instruments[0].Verified = nil }, []string{Translation}},
		"consent not verified":    {func(p *Preparation) { p.Consent.Verified = nil }, []string{Translation}},
		"consent not approved":    {func(p *Preparation) { p.Consent.Approved = false }, []string{Approval}},
		"no consent text":         {func(p *Preparation) { p.Consent = nil }, []string{Consent}},
		"nobody leads":            {func(p *Preparation) { p.HeadFacilitators = 0 }, []string{Facilitation}},
		"a table without anybody": {func(p *Preparation) { p.TableFacilitators = 11 }, []string{Facilitation}},
		"a table more":            {func(p *Preparation) { p.PlannedSize = 97 }, []string{Facilitation}},
	} {
		p := prepared()
		c.change(&p)
		require.Equal(t, c.want, rules(Authorise(p)), name)
	}
	gaps := Authorise(Preparation{Registered: true, PlannedSize: 9, ProtocolFrozen: true})
	require.Equal(t, Gap{Facilitation, "tableFacilitator", "train 2 more table facilitators: 0 of 2 are"}, gaps[len(gaps)-1])
}

func TestCloseSession(t *testing.T) {
	t.Parallel()
	both, none := []domain.Entry{domain.EntryA, domain.EntryB}, []domain.Entry(nil)
	session := func(reconciled bool, sheets ...Sheet) Closing {
		return Closing{"s1", true, []Counted{{domain.ArtefactRef{ID: "q", Version: 1}, domain.PostWave, reconciled, sheets}}}
	}
	for name, c := range map[string]struct {
		in   Closing
		want []string
	}{
		"still open":          {Closing{Session: "s1"}, []string{SessionOpen}},
		"nothing was asked":   {Closing{Session: "s1", Closed: true}, []string{}},
		"reconciled":          {session(true, Sheet{"t1", none, false}), []string{}},
		"to be reconciled":    {session(false), []string{Reconciling}},
		"no count":            {session(false, Sheet{"t1", none, false}), []string{SecondCount, SecondCount, Reconciling}},
		"one count":           {session(false, Sheet{"t1", both[:1], false}), []string{SecondCount, Reconciling}},
		"two counts":          {session(false, Sheet{"t1", both, false}), []string{Reconciling}},
		"two that differ":     {session(false, Sheet{"t1", both, true}), []string{ThirdCount, Reconciling}},
		"the third one is in": {session(false, Sheet{"t1", append(both, domain.EntryC), true}), []string{Reconciling}},
	} {
		require.Equal(t, c.want, rules(CloseSession(c.in)), name)
	}
}

func TestCertify(t *testing.T) {
	t.Parallel()
	done := Closing{Session: "s1", Closed: true}
	for name, c := range map[string]struct {
		in   Completion
		want []string
	}{
		"complete":       {Completion{Authorised: true, Sessions: []Closing{done}}, []string{}},
		"nothing yet":    {Completion{}, []string{Authorising, NoSession}},
		"still open":     {Completion{Authorised: true, Sessions: []Closing{done, {Session: "s2"}}}, []string{SessionOpen}},
		"not accepted":   {Completion{Authorised: true, Sessions: []Closing{done}, Deviations: []string{"minutes"}}, []string{DeviationOK}},
		"found, open":    {Completion{Authorised: true, Sessions: []Closing{done}, OpenFindings: []domain.FindingID{"f1"}}, []string{FindingOpen}},
		"not reconciled": {Completion{Authorised: true, Sessions: []Closing{{"s1", true, []Counted{{}}}}}, []string{Reconciling}},
	} {
		require.Equal(t, c.want, rules(Certify(c.in)), name)
	}
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	quote := Opening{domain.EventID{1}, "text", domain.Quotes}
	needs := Opening{domain.EventID{2}, "accessNeeds", domain.Participate}
	card, other := projections.Ref{View: "statement", Key: "dl_1/1"}, projections.Ref{View: "statement", Key: "dl_1/2"}
	l := Leaving{At: 10, Openings: []Opening{quote, needs}, Documents: []Seen{{card, 9}, {other, 10}}}
	for name, c := range map[string]struct {
		change func(*Leaving)
		want   Leave
	}{
		"nothing is taken back": {func(*Leaving) {}, Leave{[]Opening{}, []projections.Ref{}}},
		"another scope":         {func(l *Leaving) { l.Withdrawn = []domain.ConsentScope{domain.DataUse} }, Leave{[]Opening{}, []projections.Ref{}}},
		"quotes":                {func(l *Leaving) { l.Withdrawn = []domain.ConsentScope{domain.Quotes} }, Leave{[]Opening{quote}, []projections.Ref{card}}},
		"taking part":           {func(l *Leaving) { l.Withdrawn = []domain.ConsentScope{domain.Participate} }, Leave{[]Opening{quote, needs}, []projections.Ref{card}}},
		"erased":                {func(l *Leaving) { l.Erase = true }, Leave{[]Opening{quote, needs}, []projections.Ref{card}}},
		"nothing is left":       {func(l *Leaving) { l.Erase, l.Openings = true, nil }, Leave{[]Opening{}, []projections.Ref{}}},
	} {
		in := l
		c.change(&in)
		require.Equal(t, c.want, Withdraw(in), name)
	}
}

func TestLineage(t *testing.T) {
	t.Parallel()
	national := func(id domain.RecommendationID, outcome domain.Outcome, grounded bool, below ...domain.RecommendationID) Node {
		return Node{id, domain.NationalLevel, outcome, below, grounded}
	}
	global := func(id domain.RecommendationID, below ...domain.RecommendationID) Node {
		return Node{id, domain.GlobalLevel, "", below, false}
	}
	// The graph of two global recommendations over three countries, of which the second stands on f1 as well, and k2 on nothing.
	g := Graph{Nodes: []Node{
		national("f1", domain.Adopted, true), national("k1", domain.Adopted, true), national("k2", domain.Adopted, false), national("b1", domain.TurnedOut, false, "f1"),
		national("x", domain.Adopted, true), global("g1", "f1", "k1"), global("g2", "g1", "k2"), global("g3"),
	}}
	require.Equal(t, []Gap{
		{Orphan, "k2", "no source of k2 leads to a table, a result or a statement"},
		{Unaccounted, "x", "use x in a global recommendation, or list it as unused with a reason"},
		{Orphan, "g3", "no source of g3 leads to a table, a result or a statement"},
	}, Lineage(g))
	g.Unused = []domain.RecommendationID{"x"}
	require.Equal(t, []string{Orphan, Orphan}, rules(Lineage(g)))
	require.Empty(t, Lineage(Graph{}))
}

// TestWalkEnds: even a graph with cycles, which the record cannot hold, is walked to an end.
func TestWalkEnds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ids := []domain.RecommendationID{"a", "b", "c", "d"}
		nodes := map[domain.RecommendationID]Node{}
		for _, id := range ids {
			nodes[id] = Node{Below: rapid.SliceOfN(rapid.SampledFrom(ids), 0, 4).Draw(t, "below")}
		}
		found := walk(nodes, "a")
		seen := map[domain.RecommendationID]bool{}
		for _, id := range found {
			require.False(t, seen[id])
			seen[id] = true
		}
		for id := range seen {
			for _, below := range nodes[id].Below {
				require.True(t, seen[below])
			}
		}
	})
}
