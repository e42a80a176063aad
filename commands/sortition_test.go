package commands_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/sortition"
)

func TestRecruitment(t *testing.T) {
	t.Parallel()
	w := opened(t)
	w.registered("dl_1", "pt_FR")
	report := `{"dialogue":"dl_1","report":"p1","channel":"phone","counts":{"invited":900,"reached":300,"refused":200,"ineligible":10,"accepted":90},"from":"2025-01-01","to":"2025-01-31"}`
	w.must("report-recruitment", "a", report)
	require.Empty(t, w.must("report-recruitment", "b", report).Events)
	r := w.must("report-recruitment", "c", strings.NewReplacer(`"p1"`, `"p2","supersedes":"p1"`, `900`, `1000`).Replace(report))
	require.Equal(t, 900, w.fact(r.Events[0].Seq).Event.(domain.RecruitmentReported).Replaces.Invited)
	_, err := w.run("report-recruitment", "d", strings.Replace(report, `"accepted":90`, `"accepted":91`, 1))
	require.ErrorIs(t, err, domain.ErrInvalidAnswer)
	_, err = w.run("report-recruitment", "d", strings.Replace(report, "dl_1", "dl_9", 1))
	require.ErrorIs(t, err, domain.ErrUnknownRef)
	w.audited()
}

// TestDraw walks the protocol from the pool to a replacement, with everything that may not happen on the way.
func TestDraw(t *testing.T) {
	t.Parallel()
	w := opened(t)
	w.registered("dl_1", "pt_FR")
	pool := commands.SealPool{Dialogue: "dl_1", Candidates: poolOf(12)}
	refuse := func(rule *domain.Rejection, name, content string) {
		t.Helper()
		before := len(w.records())
		_, err := w.run(name, "refused", content)
		require.ErrorIs(t, err, rule)
		require.Len(t, w.records(), before)
	}

	refuse(domain.ErrUnknownRef, "seal-pool", text(pool)) // no plan
	w.plan("dl_1")
	refuse(domain.ErrPhaseClosed, "commit-draw", commitment("dl_1", 1, w.soon()))
	for _, spoil := range []func(c []commands.Candidate){
		func(c []commands.Candidate) { c[3].Strata = map[string]string{"age": "ancient"} },
		func(c []commands.Candidate) { c[3].Strata = nil },
		func(c []commands.Candidate) { c[3].ID = c[4].ID },
		func(c []commands.Candidate) { c[3].Salt = c[4].Salt },
		func(c []commands.Candidate) { c[3].Salt = domain.Digest{} },
	} {
		spoilt := commands.SealPool{Dialogue: "dl_1", Candidates: poolOf(12)}
		spoil(spoilt.Candidates)
		refuse(domain.ErrInvalidField, "seal-pool", text(spoilt))
	}
	refuse(domain.ErrInvalidID, "seal-pool", text(commands.SealPool{Dialogue: "dl_1", Candidates: []commands.Candidate{{ID: "a/b"}}}))
	refuse(domain.ErrQuotaInfeasible, "seal-pool", text(commands.SealPool{Dialogue: "dl_1", Candidates: poolOf(3)}))
	sealed := w.must("seal-pool", "seal", text(pool))
	event := w.fact(sealed.Events[0].Seq).Event.(domain.PoolSealed)
	require.Equal(t, 12, event.Size)
	require.Equal(t, []domain.DimensionCount{{Name: "age", Strata: map[string]int{"old": 4, "young": 8}}}, event.Strata)
	for _, c := range pool.Candidates {
		for _, r := range w.records() {
			require.NotContains(t, string(r.Data), string(c.ID), "who is in the pool stands nowhere")
			require.NotContains(t, string(r.Data), c.Salt.String())
		}
	}
	slices.Reverse(pool.Candidates)
	require.Empty(t, w.must("seal-pool", "again", text(pool)).Events, "the order does not matter")
	refuse(domain.ErrPoolSealed, "seal-pool", text(commands.SealPool{Dialogue: "dl_1", Candidates: poolOf(13)}))
	refuse(domain.ErrPoolSealed, "set-quota-plan", strings.Replace(lastPlan(w), `"nonExpertRule":""`, `"nonExpertRule":"none"`, 1))

	refuse(domain.ErrCommitmentMismatch, "commit-draw", commitment("dl_1", 1, domain.TimeOf(w.Now())))
	for _, other := range []string{"stratified-hmac2", "leximin"} {
		refuse(domain.ErrInvalidField, "commit-draw", strings.Replace(commitment("dl_1", 1, w.soon()), "stratified-hmac", other, 1))
	}
	refuse(domain.ErrInvalidField, "commit-draw", strings.Replace(commitment("dl_1", 1, w.soon()), `"100"`, `"1000000"`, 1))
	at := w.soon()
	committed := w.must("commit-draw", "commit", commitment("dl_1", 1, at))

	secret, _ := seed(1)
	draw := commands.ExecuteDraw{Dialogue: "dl_1", Candidates: pool.Candidates, Seed: secret, Randomness: domain.Digest{7}}
	with := func(change func(*commands.ExecuteDraw)) string {
		other := draw
		change(&other)
		return text(other)
	}
	clock := w.Now
	w.Now = func() time.Time { return at.Std().Add(-time.Millisecond) }
	refuse(domain.ErrCommitmentMismatch, "execute-draw", text(draw))
	w.Now = func() time.Time { return at.Std() }
	refuse(domain.ErrCommitmentMismatch, "execute-draw", with(func(e *commands.ExecuteDraw) { e.Candidates = e.Candidates[1:] }))
	refuse(domain.ErrCommitmentMismatch, "execute-draw", with(func(e *commands.ExecuteDraw) { e.Seed[0]++ }))
	refuse(domain.ErrCommitmentMismatch, "execute-draw", with(func(e *commands.ExecuteDraw) { e.Randomness = domain.Digest{} }))
	refuse(domain.ErrCommitmentMismatch, "execute-draw", with(func(e *commands.ExecuteDraw) { e.Selected = []domain.ParticipantID{"pa_1"} }))
	refuse(domain.ErrInvalidField, "execute-draw", with(func(e *commands.ExecuteDraw) { e.Leavers = []domain.ParticipantID{"pa_1"} }))
	first := w.must("execute-draw", "draw", text(draw))
	w.Now = clock
	require.Equal(t, repeated(committed), w.must("commit-draw", "commit", commitment("dl_1", 1, at)), "sent again, long after")
	require.Equal(t, repeated(first), w.must("execute-draw", "draw", text(draw)), "drawn again, it is the same")
	require.Empty(t, w.must("execute-draw", "once more", text(draw)).Events)

	// Whoever has the pool comes to the same people.
	e := w.fact(first.Events[0].Seq).Event.(domain.DrawExecuted)
	var candidates []sortition.Candidate
	for _, c := range pool.Candidates {
		candidates = append(candidates, sortition.Candidate{ID: string(c.ID), Strata: c.Strata, Salt: c.Salt})
	}
	require.EqualValues(t, event.Pool, sortition.Seal(candidates))
	quotas := []sortition.Quota{{Dimension: "age", Stratum: "young", Min: 1, Max: 3}, {Dimension: "age", Stratum: "old", Min: 1, Max: 3}}
	want, attempts, err := sortition.Draw(candidates, quotas, 4, sortition.Key(secret, domain.Digest{7}, "dl_1", 1), nil, 100)
	require.NoError(t, err)
	require.Equal(t, attempts, e.Attempts)
	for i, id := range e.Selected {
		require.EqualValues(t, want[i], id)
	}

	// Two leave and are replaced by others.
	leavers := e.Selected[1:3]
	w.must("commit-draw", "commit 2", commitment("dl_1", 2, w.soon()))
	secret, _ = seed(2)
	w.Now()
	refuse(domain.ErrUnknownRef, "execute-draw", text(commands.ExecuteDraw{Dialogue: "dl_1", Candidates: pool.Candidates, Seed: secret, Randomness: domain.Digest{8}, Leavers: []domain.ParticipantID{"pa_1"}}))
	refuse(domain.ErrQuotaInfeasible, "execute-draw", text(commands.ExecuteDraw{Dialogue: "dl_1", Candidates: pool.Candidates, Seed: secret, Randomness: domain.Digest{8}}))
	second := w.must("execute-draw", "draw 2", text(commands.ExecuteDraw{Dialogue: "dl_1", Candidates: pool.Candidates, Seed: secret, Randomness: domain.Digest{8}, Leavers: leavers}))
	next := w.fact(second.Events[0].Seq).Event.(domain.DrawExecuted)
	require.Equal(t, 2, next.Round)
	require.Len(t, next.Selected, 2)
	for _, id := range next.Selected {
		require.NotContains(t, e.Selected, id)
	}
	require.Equal(t, repeated(first), w.must("execute-draw", "draw", text(draw)), "the first draw, sent again, is still the first")
	w.audited()
}

// TestNoPanel: what cannot be drawn is refused by the name of the dimension.
func TestNoPanel(t *testing.T) {
	t.Parallel()
	w := opened(t)
	w.registered("dl_1", "pt_FR")
	w.plan("dl_1")
	pool := poolOf(5) // three young, of whom four people replace all: there are no two of them left
	w.must("seal-pool", "seal", text(commands.SealPool{Dialogue: "dl_1", Candidates: pool}))
	w.must("commit-draw", "commit", commitment("dl_1", 1, w.soon()))
	secret, _ := seed(1)
	w.Now()
	r := w.must("execute-draw", "draw", text(commands.ExecuteDraw{Dialogue: "dl_1", Candidates: pool, Seed: secret, Randomness: domain.Digest{7}}))
	in := w.fact(r.Events[0].Seq).Event.(domain.DrawExecuted).Selected
	w.must("commit-draw", "commit 2", commitment("dl_1", 2, w.soon()))
	secret, _ = seed(2)
	w.Now()
	_, err := w.run("execute-draw", "draw 2", text(commands.ExecuteDraw{Dialogue: "dl_1", Candidates: pool, Seed: secret, Randomness: domain.Digest{7}, Leavers: in}))
	require.ErrorIs(t, err, domain.ErrQuotaInfeasible)
	require.ErrorContains(t, err, "dimension age")
}

// TestDrawGivenUp: a draw that never came does not bar the room. It is committed to anew a day after its randomness was due, and the record keeps both.
func TestDrawGivenUp(t *testing.T) {
	t.Parallel()
	w := opened(t)
	w.registered("dl_1", "pt_FR")
	w.plan("dl_1")
	w.must("seal-pool", "seal", text(commands.SealPool{Dialogue: "dl_1", Candidates: poolOf(12)}))
	due := w.soon()
	dead := commitment("dl_1", 1, due)
	first := w.must("commit-draw", "commit", dead)
	clock := w.Now
	at := func(now domain.Time) { w.Now = func() time.Time { return now.Std() } }
	late := due + domain.GivenUp
	anew := commitment("dl_1", 2, late+60_000)
	at(late - 1)
	w.refused(domain.ErrDuplicate, "commit-draw", anew)
	at(late)
	w.refused(domain.ErrCommitmentMismatch, "commit-draw", commitment("dl_1", 1, late+60_000), "everybody may know the seed")
	second := w.must("commit-draw", "commit anew", anew)
	w.Now = clock
	require.Equal(t, repeated(first), w.must("commit-draw", "commit", dead))
	require.Equal(t, repeated(second), w.must("commit-draw", "commit anew", anew), "sent again, it is decided as of then")
	at(late + 60_000)
	draw := func(n int) string {
		secret, _ := seed(n)
		return text(commands.ExecuteDraw{Dialogue: "dl_1", Candidates: poolOf(12), Seed: secret, Randomness: domain.Digest{7}})
	}
	w.refused(domain.ErrCommitmentMismatch, "execute-draw", draw(1), "it was given up")
	r := w.must("execute-draw", "draw", draw(2))
	require.Equal(t, 1, w.fact(r.Events[0].Seq).Event.(domain.DrawExecuted).Round)
	w.audited()
}

// lastPlan is the content of the command that set the plan.
func lastPlan(w *world) string {
	for _, r := range w.records() {
		if r.Type == domain.TypeOf(domain.QuotaPlanSet{}) {
			return string(r.Data)
		}
	}
	return ""
}
