package commands_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// races are pairs of commands: late rests on what closing closes.
var races = map[string]struct {
	begun         func(w *world)
	late, closing step
	at            domain.StreamID   // whose door it is; the dialogue's where it is empty
	rule          *domain.Rejection // of what comes late after all; nil: it may
	kept          *domain.Rejection // of what closes, where something came late
}{
	"an answer":       {begun: told("react"), late: step{"cast-ballot", contentOf("cast-ballot"), "ballot-cast.v1"}, closing: closeSession, rule: domain.ErrSessionClosed},
	"a statement":     {begun: told("check-in"), late: step{"post-statement", contentOf("post-statement"), "statement-posted.v1"}, closing: closeSession, rule: domain.ErrSessionClosed},
	"a reaction":      {begun: told("link-statement"), late: step{"react", contentOf("react"), "reaction-cast.v1"}, closing: closeSession, rule: domain.ErrSessionClosed},
	"a table":         {begun: told("check-in"), late: step{"form-table", contentOf("form-table"), "table-formed.v1"}, closing: closeSession, rule: domain.ErrSessionClosed},
	"a call to vote":  {begun: callable, late: step{"open-endorsement", openVote, "endorsement-opened.v1"}, closing: closeSession, rule: domain.ErrSessionClosed},
	"a voided ballot": {begun: told("cast-ballot", closeSession), late: step{"void-ballot", contentOf("void-ballot"), "ballot-voided.v1"}, closing: settle, rule: domain.ErrFrozen},
	"a check-in": {begun: told("give-consent", step{"open-session", contentOf("open-session"), ""}, step{"close-session", as("close-session", `,"checkedIn":1`, ``), ""}),
		late: step{"check-in", contentOf("check-in"), "participant-checked-in.v1"}, closing: settle},
	"a worksheet, certified": {begun: told("void-ballot", closeSession, settle),
		late: step{"record-table-output", contentOf("record-table-output"), "table-output-recorded.v1"}, closing: certify, rule: domain.ErrPhaseClosed},
	"a finding": {begun: told("void-ballot", closeSession, settle, step{"admit-partner", partner("pt_a", `"auditor"`), ""}),
		late: step{"raise-finding", as("raise-finding", `"version":4`, `"version":1`), "audit-finding-raised.v1"}, closing: certify, kept: domain.ErrNotReconciled},
	"a quote": {begun: told("void-ballot"), late: step{"record-table-output", contentOf("record-table-output"), "table-output-recorded.v1"},
		closing: step{"withdraw-consent", contentOf("withdraw-consent"), "consent-withdrawn.v1"}, rule: domain.ErrConsentMissing},
	"a vote": {begun: calledInWords, late: step{"cast-ballot", voteOf, "ballot-cast.v1"}, at: "recommendation-rc_1",
		closing: step{"close-endorsement", contentOf("close-endorsement"), "endorsement-closed.v1"}, rule: domain.ErrPhaseClosed},
	"a quota plan": {begun: told("report-recruitment"), late: step{"set-quota-plan", as("set-quota-plan", `"max":3`, `"max":4`), "quota-plan-set.v1"},
		closing: step{"seal-pool", contentOf("seal-pool"), "pool-sealed.v1"}, rule: domain.ErrPoolSealed},
}

var (
	closeSession = step{"close-session", contentOf("close-session"), "session-closed.v1"}
	settle       = step{"reconcile-tally", as("reconcile-tally", `"sheets"`, `"ballots"`), "tally-reconciled.v1"}
	certify      = step{"certify-dialogue", contentOf("certify-dialogue"), "dialogue-certified.v1"}
)

// callable is the story with a question that endorses, before anybody is called to vote.
func callable(w *world) {
	w.tell("draft-recommendation")
	w.must("add-artefact-version", "template", endorseTemplate)
	w.given(domain.ArtefactStream("ar_tpl"), "", domain.ArtefactApproved{Artefact: "ar_tpl", Version: 1, Approvals: []string{"a"}, Quorum: 1})
	w.must("add-artefact-version", "question", endorseQuestion)
}

// calledInWords calls to a vote whose counts are given by hand, so that its end does not wait for that of a session.
func calledInWords(w *world) {
	callable(w)
	w.must("open-endorsement", "call", strings.Replace(contentOf("open-endorsement"), `"closesAt"`, `"question":{"id":"ar_e","version":1},"closesAt"`, 1))
}

// racing is a world whose first append of a type is held back, while another command is sent.
type racing struct {
	*world
	held, release chan struct{}
}

func newRacing(t *testing.T, hold string) *racing {
	r := &racing{world: newWorld(t), held: make(chan struct{}), release: make(chan struct{})}
	var now sync.Mutex
	clock := r.Now
	r.Now = func() time.Time {
		now.Lock()
		defer now.Unlock()
		return clock()
	}
	var once sync.Once
	r.faulty.Before = func(_ context.Context, b ledger.Batch) error {
		if b.Drafts[0].Type == hold && strings.HasPrefix(string(b.Drafts[0].Meta), `{"actor":"coordinator:ada","command":"race`) {
			once.Do(func() {
				close(r.held)
				<-r.release
			})
		}
		return nil
	}
	return r
}

// both sends first, and second while the append of first is held back: until it is done, or waits at the door.
func (r *racing) both(first, second step, door domain.StreamID) (a, b outcome) {
	one, two := r.starts("race-1", first), (<-chan outcome)(nil)
	<-r.held
	two = r.starts("race-2", second)
	for r.WaitsAt(door) == 0 && len(two) == 0 {
		runtime.Gosched()
	}
	close(r.release)
	return <-one, <-two
}

type outcome struct {
	commands.Receipt
	err error
}

func (r *racing) starts(id string, s step) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		receipt, err := r.run(s.name, id, s.content)
		done <- outcome{receipt, err}
	}()
	return done
}

// Whoever has looked at an open door and has not come through yet is waited for by the one who shuts it: nothing stands behind the end of what it rests on.
func TestNothingStandsBehindTheEnd(t *testing.T) {
	t.Parallel()
	for name, c := range races {
		door := c.at
		if door == "" {
			door = "dialogue-dl_1"
		}
		t.Run(name+" was first", func(t *testing.T) {
			t.Parallel()
			r := newRacing(t, c.late.event)
			c.begun(r.world)
			late, closing := r.both(c.late, c.closing, door)
			require.NoError(t, late.err)
			if c.kept != nil {
				require.ErrorIs(t, closing.err, c.kept)
				return
			}
			require.NoError(t, closing.err)
			require.Greater(t, closing.Events[0].Seq, late.Events[0].Seq)
			r.sawEverything(closing)
			r.audited()
		})
		t.Run(name+" came late", func(t *testing.T) {
			t.Parallel()
			r := newRacing(t, c.closing.event)
			c.begun(r.world)
			closing, late := r.both(c.closing, c.late, door)
			require.NoError(t, closing.err)
			r.sawEverything(closing)
			r.audited()
			if c.rule != nil {
				require.ErrorIs(t, late.err, c.rule)
				return
			}
			require.NoError(t, late.err)
			require.Greater(t, late.Events[0].Seq, closing.Events[0].Seq)
		})
	}
}

// sawEverything: between what a count has looked at and the count itself stands nothing of its dialogue.
func (w *world) sawEverything(o outcome) {
	w.t.Helper()
	f := w.fact(o.Events[0].Seq)
	for _, seen := range f.Meta.Observed {
		if seen.Stream != domain.LedgerStream {
			continue
		}
		for seq := seen.Version; seq < f.Seq; seq++ {
			require.NotEqual(w.t, f.Meta.Dialogue, w.fact(seq).Meta.Dialogue, "record %d was not counted", seq)
		}
	}
}

// Who waits at a door can be told to stop; nothing was written, and the command may be sent again.
func TestWaitingEnds(t *testing.T) {
	t.Parallel()
	r := newRacing(t, "ballot-cast.v1")
	told("react")(r.world)
	cast := r.starts("race-1", step{"cast-ballot", contentOf("cast-ballot"), ""})
	<-r.held
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() {
		_, err := r.CloseSession(ctx, by("close"), domain.SessionClosed{Dialogue: "dl_1", Session: "s1"})
		stopped <- err
	}()
	for r.WaitsAt("dialogue-dl_1") == 0 {
		runtime.Gosched()
	}
	second := r.starts("race-2", step{"react", as("react", "p2", "p3"), ""})
	for r.WaitsAt("dialogue-dl_1") < 2 {
		runtime.Gosched()
	}
	cancel()
	require.ErrorIs(t, <-stopped, context.Canceled)
	require.NoError(t, (<-second).err, "it goes in, as nobody shuts the door any more")
	close(r.release)
	require.NoError(t, (<-cast).err)
	_, err := r.CloseSession(t.Context(), by("close"), domain.SessionClosed{Dialogue: "dl_1", Session: "s1"})
	require.NoError(t, err)
	r.audited()
}
