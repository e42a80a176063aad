package access_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/access"
	"daybook.internal/commands"
	"daybook.internal/domain"
)

func TestEveryCommandHasARow(t *testing.T) {
	t.Parallel()
	rows := map[string]access.Row{}
	for _, r := range access.Rows() {
		require.NotContains(t, rows, r.Command, "one row for a command")
		require.NotEmpty(t, r.Rights, r.Command)
		rows[r.Command] = r
	}
	for _, c := range commands.All() {
		require.Contains(t, rows, c.Name, "a command without a row in access/table.go")
		delete(rows, c.Name)
	}
	require.Empty(t, rows, "rows without a command")
}

func TestGrants(t *testing.T) {
	t.Parallel()
	for _, g := range []access.Grant{
		{}, {Role: "king"}, {Role: domain.Notary}, {Role: domain.NationalPartner}, {Role: domain.TallyClerk, Edition: "ed_1"}, {Role: domain.NoteTaker, Dialogue: "FR"},
		{Role: domain.Coordinator, Table: "T1"}, {Role: domain.Coordinator, Edition: "a/b"},
	} {
		require.Error(t, g.Check(), g)
		p := access.Principal{Subject: "ada", Grants: []access.Grant{g}}
		_, err := access.Decide(p, "", "report-deviation", access.Scope{Edition: "ed_1", Dialogue: "FR"})
		require.ErrorIs(t, err, domain.ErrForbidden, "an unfinished grant is worth nothing")
	}
	require.NoError(t, access.Grant{Role: domain.NoteTaker, Dialogue: "FR", Table: "T1"}.Check())
	require.Equal(t, "tallyClerk of dialogue FR of edition ed_1", access.Grant{Role: domain.TallyClerk, Dialogue: "FR", Edition: "ed_1"}.String())
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	in := access.Scope{Edition: "ed_1", Dialogue: "FR", People: map[string][]string{"clerk": {"ada"}, "by": {"ada"}, "secondBy": {"bo"}, "reviewer": {"cy"}, "person": {"ada"}}}
	at := func(change func(*access.Scope)) access.Scope {
		s := in
		change(&s)
		return s
	}
	is := func(grants ...access.Grant) access.Principal { return access.Principal{Subject: "ada", Grants: grants} }
	clerk := access.Grant{Role: domain.TallyClerk, Dialogue: "FR"}
	clerkDE := access.Grant{Role: domain.TallyClerk, Dialogue: "DE"}
	notes := access.Grant{Role: domain.NoteTaker, Dialogue: "FR", Table: "T1"}
	second := func(p access.Principal, by access.Principal) access.Principal {
		p.Second = &by
		return p
	}
	for name, c := range map[string]struct {
		who     access.Principal
		as      domain.Role
		command string
		on      access.Scope
		denied  string // empty: it may
	}{
		"a clerk's own sheet":              {is(clerk), "", "record-tally-sheet", in, ""},
		"of another dialogue":              {is(clerkDE), "", "record-tally-sheet", in, "record-tally-sheet: it needs tallyClerk of dialogue FR of edition ed_1; you are tallyClerk of dialogue DE"},
		"either of two grants":             {is(clerkDE, clerk), "", "record-tally-sheet", in, ""},
		"in the name of another clerk":     {is(clerk), "", "record-tally-sheet", at(func(s *access.Scope) { s.People = map[string][]string{"clerk": {"bo"}} }), "clerk is to be who sends it, and is somebody else"},
		"another role":                     {is(clerk), "", "open-session", in, "open-session needs coordinator or nationalPartner or headFacilitator of dialogue FR of edition ed_1; you are tallyClerk of dialogue FR"},
		"a role that one has not":          {is(clerk), domain.Coordinator, "record-tally-sheet", in, "record-tally-sheet was asked for as coordinator; you are tallyClerk of dialogue FR"},
		"nobody":                           {access.Principal{}, "", "open-edition", in, "open-edition needs coordinator of dialogue FR of edition ed_1"},
		"no grants":                        {is(), "", "open-edition", in, "you are nothing here"},
		"an API key":                       {access.Principal{Consumer: "k1", Subject: "ada", Grants: []access.Grant{clerk}}, "", "record-tally-sheet", in, "an API key reads"},
		"no such command":                  {is(clerk), "", "drop-tables", in, "no role may drop-tables"},
		"a coordinator of all":             {is(access.Grant{Role: domain.Coordinator}), "", "open-session", in, ""},
		"a coordinator of the edition":     {is(access.Grant{Role: domain.Coordinator, Edition: "ed_1"}), "", "open-session", in, ""},
		"a coordinator of another edition": {is(access.Grant{Role: domain.Coordinator, Edition: "ed_2"}), "", "open-session", in, "you are coordinator of edition ed_2"},
		"a coordinator of one dialogue":    {is(access.Grant{Role: domain.Coordinator, Dialogue: "FR"}), "", "freeze-protocol", at(func(s *access.Scope) { s.Dialogue = "" }), "needs coordinator or committee of edition ed_1"},
		"a note taker at the table":        {is(notes), "", "record-table-output", at(func(s *access.Scope) { s.Table = "T1" }), ""},
		"at another table":                 {is(notes), "", "record-table-output", at(func(s *access.Scope) { s.Table = "T2" }), "you are noteTaker of table T1 of dialogue FR"},
		"a ballot of no table":             {is(notes), "", "cast-ballot", in, "you are noteTaker of table T1"},
		"a deviation in the room":          {is(notes), "", "report-deviation", in, ""},
		"an interest in the edition":       {is(access.Grant{Role: domain.NoteTaker, Dialogue: "FR", Table: "T1", Edition: "ed_1"}), "", "declare-interest", at(func(s *access.Scope) { s.Dialogue = "" }), ""},
		"an interest elsewhere":            {is(access.Grant{Role: domain.NoteTaker, Dialogue: "FR", Table: "T1", Edition: "ed_2"}), "", "declare-interest", at(func(s *access.Scope) { s.Dialogue = "" }), "you are noteTaker"},
		"voided alone":                     {is(clerk), "", "void-ballot", in, "secondBy is to consent by a token of their own"},
		"voided by two":                    {second(is(clerk), access.Principal{Subject: "bo", Grants: []access.Grant{clerk}}), "", "void-ballot", in, ""},
		"voided with somebody else":        {second(is(clerk), access.Principal{Subject: "cy", Grants: []access.Grant{clerk}}), "", "void-ballot", in, "secondBy is to consent"},
		"voided with oneself":              {second(is(clerk), is(clerk)), "", "void-ballot", in, "secondBy is to consent"},
		"voided with a clerk of elsewhere": {second(is(clerk), access.Principal{Subject: "bo", Grants: []access.Grant{clerkDE}}), "", "void-ballot", in, "secondBy needs"},
		"withdrawn by one":                 {is(clerk), "", "void-ballot", at(func(s *access.Scope) { s.People = map[string][]string{"by": {"ada"}} }), ""},
		"a review in another's name":       {is(access.Grant{Role: domain.Committee}), "", "record-review", at(func(s *access.Scope) { s.Kind = "committee" }), "reviewer is to be who sends it"},
		"a focus group's review":           {is(access.Grant{Role: domain.Coordinator}), "", "record-review", at(func(s *access.Scope) { s.Kind = "focusGroup" }), ""},
		"a coordinator for the committee":  {is(access.Grant{Role: domain.Coordinator}), "", "record-review", at(func(s *access.Scope) { s.Kind = "committee" }), "of kind committee it is not for the role coordinator"},
		"for another partner":              {is(access.Grant{Role: domain.Auditor, Partner: "pt_a"}), "", "declare-interest", at(func(s *access.Scope) { s.Partner = "pt_b" }), "partner is to be the one"},
		"for its partner":                  {is(access.Grant{Role: domain.Auditor, Partner: "pt_a"}), "", "declare-interest", at(func(s *access.Scope) { s.Partner = "pt_a" }), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, err := access.Decide(c.who, c.as, c.command, c.on)
			if c.denied == "" {
				require.NoError(t, err)
				require.Contains(t, c.who.Grants, g)
				return
			}
			var denied *access.Denied
			require.ErrorAs(t, err, &denied)
			require.ErrorIs(t, err, domain.ErrForbidden)
			require.Contains(t, denied.Error(), c.denied)
			require.NotContains(t, denied.Error(), "ada", "a denial names nobody")
			require.Equal(t, c.command, denied.Command)
		})
	}
}

// Whoever may do something somewhere by a grant may do no less by a wider one, and nothing of another place by any that names a place.
func TestNarrowerGrantsAllowNoMore(t *testing.T) {
	t.Parallel()
	rows := access.Rows()
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.SampledFrom(rows).Draw(t, "row")
		role := rapid.SampledFrom(access.Roles()).Draw(t, "role")
		on := access.Scope{
			Edition: domain.EditionID(rapid.SampledFrom([]string{"e1", "e2"}).Draw(t, "edition")), Dialogue: domain.DialogueID(rapid.SampledFrom([]string{"", "d1", "d2"}).Draw(t, "dialogue")),
			Table: domain.TableID(rapid.SampledFrom([]string{"", "t1"}).Draw(t, "table")), People: map[string][]string{},
		}
		for _, r := range row.Rights {
			on.People[r.Self] = []string{"ada"}
		}
		g := access.Grant{
			Role: role, Edition: domain.EditionID(rapid.SampledFrom([]string{"", "e1", "e2"}).Draw(t, "of edition")),
			Dialogue: domain.DialogueID(rapid.SampledFrom([]string{"", "d1", "d2"}).Draw(t, "of dialogue")), Table: domain.TableID(rapid.SampledFrom([]string{"", "t1", "t2"}).Draw(t, "of table")),
		}
		may := func(g access.Grant) bool {
			_, err := access.Decide(access.Principal{Subject: "ada", Grants: []access.Grant{g}}, "", row.Command, on)
			return err == nil
		}
		if !may(g) {
			return
		}
		if g.Edition != "" && g.Edition != on.Edition {
			t.Fatalf("%s reached edition %s", g, on.Edition)
		}
		level, _ := access.LevelOf(role)
		wider := g
		if level == access.EditionLevel {
			wider.Edition, wider.Dialogue, wider.Table = "", "", ""
		}
		if !may(wider) {
			t.Fatalf("%s may and %s may not", g, wider)
		}
		if level != access.EditionLevel && !slices.ContainsFunc(row.Rights, func(r access.Right) bool { return r.Role == role && r.Reach == access.WithinEdition }) && g.Dialogue != on.Dialogue {
			t.Fatalf("%s reached dialogue %q", g, on.Dialogue)
		}
	})
}

func TestADenialIsARejection(t *testing.T) {
	t.Parallel()
	_, err := access.Decide(access.Principal{Subject: "ada"}, "", "open-edition", access.Scope{Edition: "ed_1"})
	var rejected *domain.Rejection
	require.True(t, errors.As(err, &rejected))
	require.Equal(t, "forbidden", rejected.Rule)
}
