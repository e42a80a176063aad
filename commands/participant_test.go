package commands_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/vault"
)

// joins is the content of a registration of the n-th person by draw.
func joins(n int, dialogue domain.DialogueID) string {
	hash, id := person(n)
	return text(commands.RegisterParticipant{
		Participant: id, Dialogue: dialogue, Chamber: domain.CitizenChamber, Route: domain.Drawn, Language: "en", Strata: "old", AccessNeeds: "a ramp", Person: hash, OfAge: true,
	})
}

// numberOf tells which person an id stands for.
func numberOf(t *testing.T, id domain.ParticipantID) int {
	t.Helper()
	for n := range 100 {
		if _, known := person(n); known == id {
			return n
		}
	}
	t.Fatalf("nobody is %s", id)
	return 0
}

func consent(id domain.ParticipantID, scopes string) string {
	return `{"participant":"` + string(id) + `","dialogue":"dl_1","consentText":{"id":"ar_c","version":1},"lang":"en","scopes":[` + scopes + `],"method":"paper"}`
}

// inRoom is a world in which somebody is registered by draw in an authorised dialogue.
func inRoom(t *testing.T) (*world, domain.ParticipantID) {
	w := opened(t)
	w.registered("dl_1", "pt_FR")
	selected := w.drawn("dl_1")
	w.given(domain.DialogueStream("dl_1"), "dl_1", domain.DialogueAuthorised{Dialogue: "dl_1", MethodVersion: 1})
	w.must("register-participant", "join", joins(numberOf(t, selected[0]), "dl_1"))
	return w, selected[0]
}

func TestRegistration(t *testing.T) {
	t.Parallel()
	w := opened(t)
	w.registered("dl_1", "pt_FR")
	_, err := w.run("register-participant", "early", joins(0, "dl_1"))
	require.ErrorIs(t, err, domain.ErrForbidden, "nobody is drawn")
	selected := w.drawn("dl_1")
	n := numberOf(t, selected[0])
	for outsider := range 12 {
		if _, id := person(outsider); id != selected[0] && id != selected[1] && id != selected[2] && id != selected[3] {
			_, err = w.run("register-participant", "outsider", joins(outsider, "dl_1"))
			require.ErrorIs(t, err, domain.ErrForbidden)
		}
	}
	_, err = w.run("register-participant", "child", strings.Replace(joins(n, "dl_1"), `,"ofAge":true`, "", 1))
	require.ErrorIs(t, err, domain.ErrForbidden, "the protocol has an age")
	_, err = w.run("register-participant", "other id", strings.Replace(joins(n, "dl_1"), string(selected[0]), "pa_1", 1))
	require.ErrorIs(t, err, domain.ErrInvalidID)
	require.Empty(t, w.words.kept, "words of a rejected command are kept nowhere")
	w.must("register-participant", "join", joins(n, "dl_1"))

	// The same person is drawn in another dialogue, and is one person.
	w.registered("dl_2", "pt_FR")
	w.drawn("dl_2")
	_, err = w.run("register-participant", "again", joins(n, "dl_2"))
	require.Error(t, err)
	require.True(t, strings.Contains(err.Error(), "duplicate") || strings.Contains(err.Error(), "forbidden"), "%v", err)
	stakeholder := strings.NewReplacer(`"citizen"`, `"stakeholder"`, `"drawn"`, `"stakeholderInvite","stakeholderGroup":"farmers"`).Replace(joins(n, "dl_2"))
	_, err = w.run("register-participant", "as stakeholder", stakeholder)
	require.ErrorIs(t, err, domain.ErrDuplicate)
	w.audited()
}

func TestConsentAndCheckIn(t *testing.T) {
	t.Parallel()
	w, id := inRoom(t)
	in := `{"participant":"` + string(id) + `","dialogue":"dl_1","session":"s1","by":"ann"}`
	_, err := w.run("check-in", "in", in)
	require.ErrorIs(t, err, domain.ErrConsentMissing)
	_, err = w.run("give-consent", "g", strings.Replace(consent(id, `"participate"`), `"ar_c"`, `"ar_g"`, 1))
	require.ErrorIs(t, err, domain.ErrUnknownRef, "a guide is no consent text")
	_, err = w.run("give-consent", "g", strings.Replace(consent(id, `"participate"`), `"lang":"en"`, `"lang":"fr"`, 1))
	require.ErrorIs(t, err, domain.ErrTranslationNotVerified)
	w.must("give-consent", "g", consent(id, `"participate","dataUse"`))
	r := w.must("give-consent", "g2", consent(id, `"quotes"`))
	require.Equal(t, []domain.ConsentScope{domain.DataUse, domain.Participate}, w.fact(r.Events[0].Seq).Event.(domain.ConsentGiven).Replaces)
	r = w.must("check-in", "in", in)
	require.Equal(t, domain.CitizenChamber, w.fact(r.Events[0].Seq).Event.(domain.ParticipantCheckedIn).Chamber)
	require.Empty(t, w.must("check-in", "in again", in).Events)
	_, err = w.run("check-in", "day", strings.Replace(in, `"session":"s1",`, "", 1))
	require.ErrorIs(t, err, domain.ErrDuplicate)
	_, err = w.run("check-in", "nowhere", strings.Replace(in, `"s1"`, `"s9"`, 1))
	require.ErrorIs(t, err, domain.ErrUnknownRef)

	// Ballots are voided for who presents a code, and nobody else; the code stands nowhere.
	root, proofs := domain.SealCodes("dl_1", []domain.Pseudonym{"k1", "k2"})
	w.given(domain.DialogueStream("dl_1"), "dl_1", domain.SessionOpened{Dialogue: "dl_1", Session: "s1", Chamber: domain.CitizenChamber, IssuedCodes: 2, CodesCommitment: root})
	withdraw := commands.WithdrawConsent{Participant: id, Dialogue: "dl_1", Scopes: []domain.ConsentScope{domain.DataUse}, Effect: domain.VoidOpenBallots}
	_, err = w.run("withdraw-consent", "w", text(withdraw))
	require.ErrorIs(t, err, domain.ErrCodeNotIssued)
	proof := proofs["k1"]
	withdraw.Pseudonym, withdraw.Issued = "k2", &proof
	_, err = w.run("withdraw-consent", "w", text(withdraw))
	require.ErrorIs(t, err, domain.ErrCodeNotIssued)
	withdraw.Pseudonym = "k1"
	w.must("withdraw-consent", "w", text(withdraw))
	for _, rec := range w.records() {
		require.NotContains(t, string(rec.Meta)+string(rec.Data), "k1")
	}
	w.audited()
}

// TestCheckInNeedsTheSeat: who was drawn and has given the seat back comes in no more, although registered.
func TestCheckInNeedsTheSeat(t *testing.T) {
	t.Parallel()
	w, id := inRoom(t)
	w.must("give-consent", "g", consent(id, `"participate","dataUse"`))
	in := `{"participant":"` + string(id) + `","dialogue":"dl_1","session":"s1","by":"ann"}`
	seat := w.must("check-in", "in", in).Events[0]
	require.True(t, slices.ContainsFunc(w.fact(seat.Seq).Meta.Observed, func(r domain.Ref) bool { return r.Stream == domain.SortitionStream("dl_1") }), "it is said that the draw was looked at")
	w.given(domain.SortitionStream("dl_1"), "dl_1", domain.DrawExecuted{Dialogue: "dl_1", Round: 2, Leavers: []domain.ParticipantID{id}})
	require.Empty(t, w.must("check-in", "in again", in).Events, "who is in is in")
	_, err := w.run("check-in", "later", strings.Replace(in, `"s1"`, `"s2"`, 1))
	require.ErrorIs(t, err, domain.ErrForbidden)
}

// TestCheckInWithTheRegistration: whoever comes late is registered and checked in by one file, whose lines see those before them.
func TestCheckInWithTheRegistration(t *testing.T) {
	t.Parallel()
	w := opened(t)
	w.registered("dl_1", "pt_FR")
	id := w.drawn("dl_1")[0]
	w.given(domain.DialogueStream("dl_1"), "dl_1", domain.DialogueAuthorised{Dialogue: "dl_1", MethodVersion: 1})
	all, accepted := w.runAtomic(strings.Join([]string{
		lineOf("late-1", "register-participant", joins(numberOf(t, id), "dl_1")),
		lineOf("late-2", "give-consent", consent(id, `"participate","dataUse"`)),
		lineOf("late-3", "check-in", `{"participant":"`+string(id)+`","dialogue":"dl_1","session":"s1","by":"ann"}`),
	}, "\n") + "\n")
	require.True(t, accepted, "%+v", all)
	w.audited()
}

func TestErasure(t *testing.T) {
	t.Parallel()
	w, id := inRoom(t)
	erase := `{"participant":"` + string(id) + `","dialogue":"dl_1","requestedAt":"2025-10-10T09:00:00.000Z","legalBasis":"request"}`
	w.must("give-consent", "g", consent(id, `"participate","dataUse"`))
	require.Len(t, w.words.kept, 2)
	_, err := w.run("erase-personal-data", "nobody", strings.Replace(erase, string(id), "pa_1", 1))
	require.ErrorIs(t, err, domain.ErrUnknownRef)

	w.words.eraseFails = errFault
	_, err = w.run("erase-personal-data", "e", erase)
	require.ErrorIs(t, err, errFault)
	require.ErrorContains(t, err, "send the command again")
	require.Len(t, w.words.kept, 2, "the event stands, the words still do")
	w.words.eraseFails = nil
	r := w.must("erase-personal-data", "e", erase)
	require.Equal(t, []string{"accessNeeds", "strata"}, w.fact(r.Events[0].Seq).Event.(domain.PersonalDataErased).Fields)
	require.Empty(t, w.words.kept)
	require.Equal(t, r, w.must("erase-personal-data", "e", erase))
	require.Empty(t, w.must("erase-personal-data", "another", erase).Events)

	n := numberOf(t, id)
	before := len(w.records())
	require.Len(t, w.must("register-participant", "join", joins(n, "dl_1")).Events, 1, "the registration, sent again")
	require.Empty(t, w.must("register-participant", "join anew", joins(n, "dl_1")).Events)
	require.Empty(t, w.words.kept, "does not bring back what was erased")
	require.Len(t, w.records(), before)
	_, err = w.run("check-in", "in", `{"participant":"`+string(id)+`","dialogue":"dl_1","by":"ann"}`)
	require.ErrorIs(t, err, domain.ErrErased)
	w.audited()
}

// TestErasesWhatIsThere: the event names the fields of which there was an opening, and no others.
func TestErasesWhatIsThere(t *testing.T) {
	t.Parallel()
	w, id := inRoom(t)
	erase := `{"participant":"` + string(id) + `","dialogue":"dl_1","requestedAt":"2025-10-10T09:00:00.000Z","legalBasis":"request"}`
	for at := range w.words.kept {
		if at.Field == "strata" {
			require.NoError(t, w.words.Erase(context.Background(), at))
		}
	}
	w.words.openFails = vault.ErrDamaged
	r := w.must("erase-personal-data", "e", erase)
	require.Equal(t, []string{"accessNeeds", "strata"}, w.fact(r.Events[0].Seq).Event.(domain.PersonalDataErased).Fields, "what is damaged is erased, too")

	w, id = inRoom(t)
	for at := range w.words.kept {
		if at.Field == "strata" {
			require.NoError(t, w.words.Erase(context.Background(), at))
		}
	}
	erase = strings.Replace(erase, erase[:len(`{"participant":"`)+len(id)], `{"participant":"`+string(id), 1)
	r = w.must("erase-personal-data", "e", erase)
	require.Equal(t, []string{"accessNeeds"}, w.fact(r.Events[0].Seq).Event.(domain.PersonalDataErased).Fields)

	w, id = inRoom(t)
	w.words.openFails = errFault
	_, err := w.run("erase-personal-data", "e", erase)
	require.ErrorIs(t, err, errFault, "what the vault cannot say is not guessed")
	w.words.openFails = nil
	clear(w.words.kept)
	_, err = w.run("erase-personal-data", "e", erase)
	require.ErrorIs(t, err, domain.ErrErased, "nothing is kept of %s", id)
}
