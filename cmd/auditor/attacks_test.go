package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/notary"
	"daybook.internal/replay"
	"daybook.internal/replay/verify"
	"daybook.internal/replay/verify/verifytest"
)

// attacked is what an attacker has, and what the auditor brings.
type attacked struct {
	*verifytest.Log                  // to tamper with; it is published again, signed by the log and all witnesses, unless files is set
	files           verifytest.Files // what is published instead
	honest          *verifytest.Log
	before          verifytest.Files // what was published before
	pin             []byte           // a head, or a receipt, that the auditor kept
	annex           []byte
	fresh           bool
}

// attacks are those of the threat model, each with the findings that must be among those that are named. Two of them are stopped before there is anything to
// audit: a rollback that a witness is offered, and a ledger that was put back from a backup; cmd/daybook has them, in whole_attacks_test.go. What one honest operator cannot be told
// from does not stand here, but in docs/verify.md.
var attacks = []struct {
	name   string
	tamper func(t *testing.T, a *attacked)
	finds  []string // none: it is no attack, and no alarm
}{
	{"nothing", func(_ *testing.T, a *attacked) { a.pin, a.annex = a.kept(0), a.Annex() }, nil},
	{"one of three witnesses is down", func(_ *testing.T, a *attacked) { a.Cosign = []int{0, 2} }, nil},
	{"the log has gone on since", func(t *testing.T, a *attacked) { a.pin = a.Head(t, 2000) }, nil},
	{"a witness has seen the head today", func(_ *testing.T, a *attacked) { a.fresh, a.Last = true, time.Now().Add(-time.Hour).Unix() }, nil},

	{"a byte changed on disk", func(_ *testing.T, a *attacked) { a.files = a.before.Clone(); a.files["tile/entries/003"][5000] ^= 1 }, []string{replay.Root, replay.TileDiffers, replay.Sums}},
	{"a hash changed on disk", func(_ *testing.T, a *attacked) { a.files = a.before.Clone(); a.files["tile/0/003"][100] ^= 1 }, []string{replay.TileDiffers}},
	{"a hash of hashes changed on disk", func(_ *testing.T, a *attacked) {
		a.files = a.before.Clone()
		a.files[fmt.Sprintf("tile/1/000.p/%d", len(a.Records)/256)][40] ^= 1
	}, []string{replay.TileDiffers}},
	{"an entry is cut short", func(_ *testing.T, a *attacked) {
		a.files = a.before.Clone()
		a.files["tile/entries/003"] = a.files["tile/entries/003"][:9000]
		a.files.Sum()
	}, []string{replay.Root}},

	{"rewritten and signed again", func(t *testing.T, a *attacked) { a.Cosign = nil; anotherAnswer(t, a, paper) }, []string{replay.Checkpoint}},
	{"rewritten and signed again, with one witness", func(t *testing.T, a *attacked) { a.Cosign = []int{1}; anotherAnswer(t, a, paper) }, []string{replay.Checkpoint}},
	{"rewritten, with all witnesses", func(t *testing.T, a *attacked) { a.pin = a.kept(1); anotherAnswer(t, a, paper) }, []string{replay.Fork, replay.TallyWrong}},
	{"rewritten, with all witnesses, on a device", func(t *testing.T, a *attacked) { anotherAnswer(t, a, signed) }, []string{replay.BallotSignature}},
	{"rewritten, and an old head forgotten", func(t *testing.T, a *attacked) {
		anotherAnswer(t, a, paper)
		a.files = a.Bundle(t)
		a.keep(a.kept(1), a.honest.Heads[1])
		a.files.Sum()
	}, []string{replay.Fork}},

	{"an event dropped", func(t *testing.T, a *attacked) { a.Drop(a.ballot(t, paper) - 1) }, []string{replay.Revision}},
	{"an event dropped, and those after it renumbered", func(t *testing.T, a *attacked) { a.Drop(a.ballot(t, paper)); a.Renumber() }, []string{replay.TallyWrong, replay.ViewRoot}},
	{"an event dropped that somebody has a head of", func(t *testing.T, a *attacked) {
		a.pin = a.kept(1)
		a.Drop(a.ballot(t, paper))
		a.Renumber()
	}, []string{replay.Fork}},
	{"an event dropped that somebody has a receipt of", func(t *testing.T, a *attacked) {
		i := a.ballot(t, paper)
		a.pin = receiptOf(t, a.honest, i, a.honest.Heads[1])
		a.Drop(i)
		a.Renumber()
	}, []string{replay.Fork}},
	{"two events of a stream reordered", func(t *testing.T, a *attacked) { i := a.ballot(t, paper); a.Move(i, i-1) }, []string{replay.Revision}},
	{"two streams reordered", func(t *testing.T, a *attacked) {
		a.pin = a.kept(1)
		i := a.Find(t, "consent-given.v1", 3, nil)
		a.Move(i, i-3)
	}, []string{replay.Fork}},
	{"an event inserted", func(t *testing.T, a *attacked) {
		a.pin = a.kept(1)
		i := a.Find(t, "reaction-cast.v1", 3, nil)
		a.Insert(t, i+1, a.Records[i].Stream, a.meta(t, i, "again"), a.event(t, i))
	}, []string{replay.Revision, replay.Fork}},

	{"the tail cut off, and an old head served", func(t *testing.T, a *attacked) {
		a.pin = a.before["checkpoint"]
		a.Records = a.Records[:a.honest.Heads[1]]
	}, []string{replay.Rollback}},
	{"the tail cut off, and a newer head forgotten", func(t *testing.T, a *attacked) {
		a.Records = a.Records[:a.honest.Heads[1]]
		a.files = a.Bundle(t)
		a.keep(a.before["checkpoint"], int64(len(a.honest.Records)))
		a.files.Sum()
	}, []string{replay.Rollback}},
	{"frozen", func(_ *testing.T, a *attacked) { a.fresh = true; a.Change(len(a.Records)-1, "follow", "follow") }, []string{replay.Stale}},
	{"split view", func(t *testing.T, a *attacked) { a.pin = a.before["checkpoint"]; anotherAnswer(t, a, paper) }, []string{replay.Fork}},
	{"another key under the log's name", func(t *testing.T, a *attacked) {
		a.Keys = verifytest.NewKeysAs(t, a.Keys.Signer.Name(), "somebody else", 3)
	}, []string{replay.Checkpoint}},

	{"back-dated", func(t *testing.T, a *attacked) { a.time(t, 2700, -90*24*time.Hour) }, []string{replay.Backdated}},
	{"post-dated", func(t *testing.T, a *attacked) { a.time(t, 1200, 90*24*time.Hour) }, []string{replay.Postdated}},

	{"a ballot twice", func(t *testing.T, a *attacked) {
		i := a.ballot(t, paper)
		a.Insert(t, i+1, a.Records[i].Stream, a.meta(t, i, "again"), a.event(t, i))
		a.Renumber()
	}, []string{replay.DuplicateBallot}},
	{"a ballot after its session", func(t *testing.T, a *attacked) {
		i := a.ballot(t, paper)
		closed := a.Find(t, "session-closed.v1", 0, func(f domain.Fact) bool {
			e, b := f.Event.(domain.SessionClosed), a.event(t, i).(domain.BallotCast)
			return e.Dialogue == b.Dialogue && e.Session == b.Session
		})
		a.Move(i, closed+1)
		a.Renumber()
	}, []string{replay.BallotWindow}},
	{"somebody who never registered", func(t *testing.T, a *attacked) {
		i := a.Find(t, "consent-given.v1", 0, nil)
		e := a.event(t, i).(domain.ConsentGiven)
		e.Participant = "pa_00000000000000000000000000000000"
		a.Insert(t, i+1, domain.ParticipantStream(e.Participant), a.meta(t, i, "nobody"), e)
	}, []string{replay.Unregistered}},
	{"a ballot forged by the server", func(t *testing.T, a *attacked) {
		a.Event(t, a.ballot(t, signed), func(e domain.Event) domain.Event {
			b := e.(domain.BallotCast)
			b.Signature[5] ^= 1
			return b
		})
	}, []string{replay.BallotSignature}},

	{"a recommendation cites what is not there", func(t *testing.T, a *attacked) {
		a.Event(t, a.Find(t, "recommendation-drafted.v1", 0, nil), func(e domain.Event) domain.Event {
			d := e.(domain.RecommendationDrafted)
			d.Sources = slices.Clone(d.Sources)
			d.Sources[0].Ref.Version = 99
			return d
		})
	}, []string{replay.SourceMissing}},
	{"a wrong tally", func(t *testing.T, a *attacked) {
		require.True(t, a.Change(a.Find(t, "tally-reconciled.v1", 0, nil), `"man":5,"woman":6`, `"man":6,"woman":5`))
	}, []string{replay.TallyWrong}},
	{"a wrong endorsement", func(t *testing.T, a *attacked) {
		a.Event(t, a.Find(t, "endorsement-closed.v1", 0, nil), func(e domain.Event) domain.Event {
			c := e.(domain.EndorsementClosed)
			c.Chambers = slices.Clone(c.Chambers)
			c.Chambers[0].Yes, c.Chambers[0].Abstain = c.Chambers[0].Yes-1, c.Chambers[0].Abstain+1
			return c
		})
	}, []string{replay.TallyWrong}},

	{"a false root of a view", func(t *testing.T, a *attacked) {
		a.Event(t, a.Find(t, "views-committed.v1", 3, nil), func(e domain.Event) domain.Event {
			c := e.(domain.ViewsCommitted)
			c.Views = slices.Clone(c.Views)
			c.Views[4].Root[0] ^= 1
			return c
		})
	}, []string{replay.ViewRoot}},
	{"a commitment about another place", func(t *testing.T, a *attacked) {
		a.Event(t, a.Find(t, "views-committed.v1", 3, nil), func(e domain.Event) domain.Event {
			c := e.(domain.ViewsCommitted)
			c.Size -= 5
			return c
		})
	}, []string{replay.ViewRoot}},
	{"a commitment about what is still to come", func(t *testing.T, a *attacked) {
		a.Event(t, a.Find(t, "views-committed.v1", 3, nil), func(e domain.Event) domain.Event {
			c := e.(domain.ViewsCommitted)
			c.Size += 500
			return c
		})
	}, []string{replay.ViewRoot}},
	{"a served document differs", func(_ *testing.T, a *attacked) {
		a.files = a.before.Clone()
		a.files["documents/country.ndjson"] = bytes.Replace(a.files["documents/country.ndjson"], []byte(`:1`), []byte(`:2`), 1)
		a.files.Sum()
	}, []string{replay.ServedDiffers}},
	{"a served document is left out", func(_ *testing.T, a *attacked) {
		a.files = a.before.Clone()
		_, rest, _ := bytes.Cut(a.files["documents/statement.ndjson"], []byte("\n"))
		a.files["documents/statement.ndjson"] = rest
		a.files.Sum()
	}, []string{replay.ServedDiffers}},
	{"a file that is on no list", func(_ *testing.T, a *attacked) {
		a.files = a.before.Clone()
		a.files["documents/other.ndjson"] = []byte("{}\n")
	}, []string{replay.Sums}},

	{"a leaf that is not canonical", func(t *testing.T, a *attacked) {
		require.True(t, a.Change(1500, `":"`, `": "`))
	}, []string{replay.Canonical}},
	{"a type that nobody knows", func(_ *testing.T, a *attacked) { a.Records[1500].Type = "opinion-changed.v1" }, []string{replay.Schema}},
	{"a version that nobody knows", func(_ *testing.T, a *attacked) {
		a.Records[1500].Type = strings.Replace(a.Records[1500].Type, ".v1", ".v9", 1)
	}, []string{replay.Schema}},
	{"words that are gone without an erasure", func(_ *testing.T, a *attacked) {
		a.Openings = slices.Delete(a.Openings, 100, 101)
		a.annex = a.Annex()
	}, []string{replay.OpeningMissing}},
	{"other words than those committed to", func(_ *testing.T, a *attacked) {
		a.Openings[100].Words = []byte("I never said that.")
		a.annex = a.Annex()
	}, []string{replay.OpeningMissing}},
	{"a code that nobody was given", func(t *testing.T, a *attacked) { a.withoutCode(t, a.Find(t, "ballot-cast.v1", 0, nil)) }, []string{replay.Unregistered}},
	{"more ballots than codes", func(t *testing.T, a *attacked) { a.withoutCode(t, a.Find(t, "session-closed.v1", 0, nil)-1) }, []string{replay.Codes}},
	{"a draw before its round", func(t *testing.T, a *attacked) {
		i := a.Find(t, "draw-executed.v1", 0, nil)
		a.time(t, i, -15*time.Minute)
	}, []string{replay.SortitionWrong}},
	{"a draw that does not follow from its seed", func(t *testing.T, a *attacked) {
		a.Event(t, a.Find(t, "draw-executed.v1", 0, nil), func(e domain.Event) domain.Event {
			d := e.(domain.DrawExecuted)
			d.Seed[0] ^= 1
			return d
		})
	}, []string{replay.SortitionWrong}},
	{"what the rules do not allow", func(t *testing.T, a *attacked) {
		i := a.Find(t, "recommendation-decided.v1", 0, nil)
		a.Move(i, a.Find(t, "endorsement-opened.v1", 0, func(f domain.Fact) bool { return f.Stream == a.Records[i].Stream }))
		a.Renumber()
	}, []string{replay.Rule}},
	{"a session within another", func(t *testing.T, a *attacked) {
		i := a.Find(t, "session-opened.v1", 1, nil)
		a.Move(i, a.Find(t, "session-closed.v1", 0, nil))
		a.Renumber()
	}, []string{replay.Phase}},
}

// Each attack changes bytes, and the program names it.
func TestAttacks(t *testing.T) {
	t.Parallel()
	program := built(t)
	honest := verifytest.Edition(t, verifytest.Small)
	before := honest.Bundle(t)
	for _, c := range attacks {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := &attacked{Log: honest.Clone(), honest: honest, before: before}
			c.tamper(t, a)
			if a.files == nil {
				a.files = a.Bundle(t)
			}
			args := []string{"verify", a.files.Dir(t), "--key", honest.Keys.Key, "--policy", file(t, []byte(honest.Keys.PolicyText())), "-o", "json"}
			if a.pin != nil {
				args = append(args, "--pin", file(t, a.pin))
			}
			if a.annex != nil {
				args = append(args, "--annex", file(t, a.annex))
			}
			if a.fresh {
				args = append(args, "--fresh", "24h")
			}
			out, code := execute(t, program, args...)
			var r verify.Report
			require.NoError(t, json.Unmarshal(out, &r), "%s", out)
			if c.finds == nil {
				require.Equal(t, verify.Verified, r.Verdict, "%s", out)
				require.Equal(t, exitVerified, code)
				require.Empty(t, r.Findings)
				return
			}
			require.True(t, !maps.EqualFunc(a.files, before, bytes.Equal) || a.annex != nil || a.fresh, "nothing was changed")
			require.Equal(t, exitFinding, code, "%s", out)
			require.Equal(t, verify.Found, r.Verdict)
			for _, name := range c.finds {
				require.NotZero(t, r.Found[name], "%s is not among the findings: %v", name, r.Findings)
			}
		})
	}
}

// execute runs a program and gives what it says and its exit code.
func execute(t testing.TB, program string, args ...string) ([]byte, int) {
	t.Helper()
	cmd := exec.Command(program, args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		require.ErrorAs(t, err, new(*exec.ExitError), "%s", &errs)
	}
	require.NotContains(t, errs.String(), "goroutine ", "it panicked")
	return append(out, errs.Bytes()...), cmd.ProcessState.ExitCode()
}

func file(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

func paper(b domain.BallotCast) bool {
	return b.Signature == domain.DeviceSignature{} && b.Answer.Option != ""
}

func signed(b domain.BallotCast) bool {
	return b.Signature != domain.DeviceSignature{} && b.Answer.Option != ""
}

// ballot is the place of a ballot in a session that was counted.
func (a *attacked) ballot(t *testing.T, which func(domain.BallotCast) bool) int {
	t.Helper()
	return a.Find(t, "ballot-cast.v1", 20, func(f domain.Fact) bool { return f.Revision > 0 && which(f.Event.(domain.BallotCast)) })
}

// kept is a head that was signed before.
func (a *attacked) kept(n int) []byte {
	return a.before[fmt.Sprintf("checkpoints/%d", a.honest.Heads[n])]
}

// keep puts a head among those that are published.
func (a *attacked) keep(signed []byte, size int64) {
	a.files[fmt.Sprintf("checkpoints/%d", size)] = signed
}

func (a *attacked) event(t *testing.T, i int) domain.Event {
	t.Helper()
	f, err := a.Records[i].Decode()
	require.NoError(t, err)
	return f.Event
}

// meta is that of a record, by another command.
func (a *attacked) meta(t *testing.T, i int, command string) domain.Meta {
	t.Helper()
	m, err := domain.DecodeMeta(a.Records[i].Meta)
	require.NoError(t, err)
	m.Command = command
	return m
}

// time moves the recorded time of an event.
func (a *attacked) time(t *testing.T, i int, by time.Duration) {
	t.Helper()
	m := a.meta(t, i, "")
	old := m.Time
	require.True(t, a.Change(i, old.String(), (old+domain.Time(by.Milliseconds())).String()))
	a.LagFrom = a.honest // the clocks of witnesses are not the attacker's
}

// withoutCode puts a ballot after the one at i, under a code that was not issued, with the proof of another one.
func (a *attacked) withoutCode(t *testing.T, i int) {
	t.Helper()
	e := a.event(t, a.Find(t, "ballot-cast.v1", 0, nil)).(domain.BallotCast)
	e.Pseudonym = "00000000000000000000"
	a.Insert(t, i+1, domain.BallotStream(e.Dialogue, e.Pseudonym), a.meta(t, i, "nobody"), e)
}

// anotherAnswer puts another option into a ballot.
func anotherAnswer(t *testing.T, a *attacked, which func(domain.BallotCast) bool) {
	t.Helper()
	i := a.ballot(t, which)
	e := a.event(t, i).(domain.BallotCast)
	other := a.event(t, a.Find(t, "ballot-cast.v1", 0, func(f domain.Fact) bool {
		b := f.Event.(domain.BallotCast)
		return b.Question == e.Question && b.Answer.Option != "" && b.Answer.Option != e.Answer.Option
	})).(domain.BallotCast)
	a.Event(t, i, func(domain.Event) domain.Event { e.Answer = other.Answer; return e })
}

// receiptOf is the receipt of an event under a head of the log.
func receiptOf(t *testing.T, l *verifytest.Log, i int, size int64) []byte {
	t.Helper()
	then := l.Clone()
	then.Records = then.Records[:size]
	files := then.Published(t)
	path, err := notary.ProveInclusion(files.Tile, size, int64(i))
	require.NoError(t, err)
	return notary.Receipt{Leaf: notary.AppendLeaf(nil, l.Records[i]), Index: int64(i), Path: path, Checkpoint: files[notary.CheckpointPath]}.Text()
}
