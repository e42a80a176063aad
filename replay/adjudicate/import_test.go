package adjudicate_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/importers/polis"
	"daybook.internal/internal/realdata"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/replay/adjudicate"
)

// talk is an export of a conversation of three statements, with a vote that was changed.
var talk = map[string]string{
	"summary.csv": "topic,Talk\nurl,https://example.org/talk\nviews,3\nvoters,3\nvoters-in-conv,3\ncommenters,2\ncomments,3\ngroups,2\nconversation-description,About nothing\n",
	"comments.csv": "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n" +
		"1000,d,0,7,2,1,1,One\n2000,d,1,8,1,0,-1,Two\n3000,d,2,7,1,1,0,Three\n",
	"votes.csv": "timestamp,datetime,comment-id,voter-id,vote\n1500,d,0,7,1\n1600,d,0,8,-1\n2500,d,0,8,1\n2600,d,1,7,1\n3500,d,2,9,-1\n3600,d,2,8,1\n3700,d,2,7,0\n",
}

func export() *polis.Export {
	dir, err := os.MkdirTemp("", "talk")
	must(err)
	defer os.RemoveAll(dir)
	for name, text := range talk {
		must(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	x, err := polis.Read(dir, nil)
	must(err)
	x.Name = "talk"
	return x
}

func importing(x *polis.Export) (*commands.Service, record) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	s := &commands.Service{Ledger: ledgertest.NewMemory(), Vault: newWords(), Now: func() time.Time { now = now.Add(time.Second); return now }}
	_, err := polis.Import(context.Background(), s, x, polis.Options{Place: "FR", Lang: "en"}, nil)
	must(err)
	return s, recordOf(s.Ledger)
}

// withImport is a record that an import has made.
var withImport = sync.OnceValue(func() record {
	_, r := importing(export())
	return r
})

func TestImportsFollow(t *testing.T) {
	t.Parallel()
	s, r := importing(export())
	require.Equal(t, r, withImport())
	require.Greater(t, len(r), 15)
	require.Empty(t, violations(t, r, adjudicate.Options{}))
	require.Empty(t, violations(t, r, adjudicate.Options{Streams: 1}))

	_, err := s.ModerateStatement(context.Background(), commands.By{Command: "later", Actor: domain.Actor{Role: domain.HeadFacilitator, Principal: "ada"}},
		commands.ModerateStatement{Conversation: "talk", Statement: "2", Decision: domain.Accept, Moderator: "ada"})
	require.NoError(t, err)
	require.Empty(t, violations(t, recordOf(s.Ledger), adjudicate.Options{}), "what happens here afterwards is decided here")
}

// An import tells of a dialogue from its beginning to its end, and brings what it has announced.
func TestForgedImports(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]struct {
		typ    string
		at     int // among those of the type
		change func(r *domain.Record)
	}{
		"another conversation's statement": {"statement-posted.v1", 0, func(r *domain.Record) {
			r.Stream, r.Data = "statement-other/0", []byte(strings.Replace(string(r.Data), `"talk"`, `"other"`, 1))
		}},
		"a vote less":        {"session-closed.v1", 0, nil},
		"without cause":      {"reaction-cast.v1", 0, func(r *domain.Record) { r.Meta = cut(r.Meta, `"causation":"`, `",`) }},
		"of another command": {"reaction-cast.v1", 0, func(r *domain.Record) { r.Meta = []byte(strings.Replace(string(r.Meta), "polis/", "polos/", 1)) }},
		"by somebody else":   {"reaction-cast.v1", 0, func(r *domain.Record) { r.Meta = []byte(strings.Replace(string(r.Meta), "importer:", "auditor:", 1)) }},
		"a vote on nothing": {"reaction-cast.v1", 0, func(r *domain.Record) {
			r.Data = []byte(strings.Replace(string(r.Data), `"statement":"0"`, `"statement":"9"`, 1))
		}},
		"another value before": {"reaction-cast.v1", 2, func(r *domain.Record) {
			r.Data = []byte(strings.Replace(string(r.Data), `"replaces":"disagree"`, `"replaces":"pass"`, 1))
		}},
		"into another edition": {"reaction-cast.v1", 0, func(r *domain.Record) {
			r.Meta = []byte(strings.Replace(string(r.Meta), `"source":"imported"`, `"source":"other"`, 1))
		}},
		"a dialogue of drawn people": {"dialogue-registered.v1", 0, func(r *domain.Record) {
			r.Data = []byte(strings.Replace(string(r.Data), `"openOnline"`, `"sortition"`, 1))
		}},
		"a waiver that nobody approved": {"dialogue-authorised.v1", 0, func(r *domain.Record) {
			r.Data = []byte(strings.Replace(string(r.Data), `"approvedBy":"polis"`, `"approvedBy":""`, 1))
		}},
		"a session with codes": {"session-opened.v1", 0, func(r *domain.Record) {
			r.Data = []byte(strings.Replace(string(r.Data), `"issuedCodes":0`, `"issuedCodes":9`, 1))
		}},
		"a statement that is there": {"statement-posted.v1", 1, func(r *domain.Record) {
			r.Stream, r.Data = "statement-talk/0", []byte(strings.Replace(string(r.Data), `"statement":"1"`, `"statement":"0"`, 1))
		}},
		"moderation by nobody": {"statement-moderated.v1", 0, func(r *domain.Record) {
			r.Data = []byte(strings.Replace(string(r.Data), `"moderator":"polis:moderator"`, `"moderator":""`, 1))
		}},
		"moderation of nothing": {"statement-moderated.v1", 0, func(r *domain.Record) {
			r.Stream, r.Data = "statement-talk/9", []byte(strings.Replace(string(r.Data), `"statement":"0"`, `"statement":"9"`, 1))
		}},
	} {
		r := slices.Clone(withImport())
		n := 0
		at := slices.IndexFunc(r, func(r domain.Record) bool {
			if r.Type == change.typ {
				n++
			}
			return r.Type == change.typ && n > change.at
		})
		require.GreaterOrEqual(t, at, 0, name)
		if change.change == nil { // a reaction is missing, and everything behind it stands earlier
			lost := slices.IndexFunc(r, func(r domain.Record) bool { return r.Type == "reaction-cast.v1" })
			r = slices.Delete(r, lost, lost+1)
			for i := range r {
				r[i].Seq = uint64(i)
			}
			found := violations(t, r, adjudicate.Options{})
			require.Contains(t, found[len(found)-1], "the import ends with", name)
			continue
		}
		before := string(r[at].Meta) + string(r[at].Data)
		change.change(&r[at])
		require.NotEqual(t, before, string(r[at].Meta)+string(r[at].Data), name)
		if r[at].Stream != withImport()[at].Stream {
			r[at].Revision = 0
			for _, have := range r[:at] {
				if have.Stream == r[at].Stream {
					r[at].Revision++
				}
			}
		}
		f, err := r[at].Decode()
		require.NoError(t, err, name)
		r[at].ID = domain.NewEventID(f.Meta.Command, f.Stream, int(f.Revision))
		c := adjudicate.New(r, adjudicate.Options{})
		require.Empty(t, verdicts(t, c, r[:at]))
		f.ID = r[at].ID
		require.Error(t, c.Judge(context.Background(), f), name)
	}
}

// cut takes out what begins with from and ends with to.
func cut(b []byte, from, to string) []byte {
	before, after, _ := strings.Cut(string(b), from)
	_, after, _ = strings.Cut(after, to)
	return []byte(before + after)
}

// TestRealImports judges the real exports.
func TestRealImports(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob(filepath.Join(realdata.Path(t, "polis"), "*", "votes.csv"))
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	for _, votes := range dirs {
		x, err := polis.Read(filepath.Dir(votes), nil)
		require.NoError(t, err)
		_, r := importing(x)
		require.Empty(t, violations(t, r, adjudicate.Options{}), votes)
		require.Empty(t, violations(t, r, adjudicate.Options{Streams: 100}), votes)
	}
}
