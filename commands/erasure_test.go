package commands_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/vault"
)

// erasing is the content of an erasure of one field.
func erasing(in domain.Ref, field string) string {
	return text(commands.EraseWords{In: in, Field: field, RequestedAt: 1_760_100_000_000, LegalBasis: "request", By: "dpo"})
}

// was is a command that was sent.
type was struct{ name, id, content string }

// spoken is a world in which words lie of every kind, with the commands that brought them by the stream in which they stand.
func spoken(t *testing.T) (w *world, said map[domain.Ref]was) {
	t.Helper()
	w = newWorld(t)
	said = map[domain.Ref]was{}
	for i, s := range story {
		r := w.must(s.name, fmt.Sprint("story-", i), s.content)
		if s.name == "register-participant" || s.name == "post-statement" || s.name == "record-table-output" {
			said[domain.Ref{Stream: r.Stream, Version: r.Version}] = was{s.name, fmt.Sprint("story-", i), s.content}
		}
		if s.name == "check-in" {
			w.asks("ar_o", domain.Question{Kind: domain.Open, Unit: domain.Individual, Text: domain.In("fr", "Pourquoi ?"), Options: []domain.Option{}, MaxRunes: 8})
			content := answers("p3", "ar_o", `"text":"parce","issued":`+issuedTo("p3"))
			r := w.must("cast-ballot", "why", content)
			said[domain.Ref{Stream: r.Stream, Version: r.Version}] = was{"cast-ballot", "why", content}
		}
		if s.name == "record-table-output" {
			break
		}
	}
	require.Len(t, said, 5)
	return w, said
}

// Words of every kind can be erased, each by itself. Nothing else goes with them, and nothing brings them back.
func TestEraseWords(t *testing.T) {
	t.Parallel()
	w, said := spoken(t)
	erasures := 0
	for in, s := range said {
		var at domain.Fact
		for r, err := range w.Ledger.Stream(context.Background(), in.Stream, in.Version-1) {
			require.NoError(t, err)
			var derr error
			at, derr = r.Decode()
			require.NoError(t, derr)
			break
		}
		for field, commitment := range domain.Commitments(at.Event) {
			place := vault.Place{Event: at.ID, Field: field}
			kept, records := len(w.words.kept), len(w.records())
			require.Contains(t, w.words.kept, place)
			require.Equal(t, in.Stream, w.words.kept[place].Subject, "whose words they are")
			name := fmt.Sprint("erase ", in, field)

			w.words.eraseFails = errFault
			_, err := w.run("erase-words", name, erasing(in, field))
			require.ErrorIs(t, err, errFault)
			require.ErrorContains(t, err, "send the command again")
			require.Len(t, w.records(), records+1, "the event stands, the words still do")
			require.Len(t, w.words.kept, kept)
			w.words.eraseFails = nil
			r := w.must("erase-words", name, erasing(in, field))
			require.Len(t, w.records(), records+1)
			require.Len(t, w.words.kept, kept-1)
			require.NotContains(t, w.words.kept, place)
			f := w.fact(r.Events[0].Seq)
			require.Equal(t, domain.WordsErased{Event: at.ID, Field: field, In: in, RequestedAt: 1_760_100_000_000, LegalBasis: "request", By: "dpo"}, f.Event)
			require.Equal(t, at.Meta.Dialogue, f.Meta.Dialogue)
			require.Equal(t, at.Meta.Source, f.Meta.Source)
			erasures++

			require.Equal(t, r, w.must("erase-words", name, erasing(in, field)), "done once, however often it is sent")
			require.Empty(t, w.must("erase-words", name+" again", erasing(in, field)).Events, "it is so already")
			w.refused(domain.ErrErased, "erase-words", strings.Replace(erasing(in, field), `"request"`, `"another basis"`, 1))

			again := w.must(s.name, s.id, s.content)
			require.Equal(t, at.ID, again.Events[0].ID, "what brought the words is sent again")
			require.True(t, again.Repeated)
			require.Len(t, w.words.kept, kept-1, "and does not bring them back")
			require.Equal(t, commitment, domain.CommitmentIn(w.fact(again.Events[0].Seq).Event, field), "the commitment stays")
		}
	}
	require.Equal(t, 2+2+1+2, erasures) // strata and needs, two statements, an answer, two items: nothing is left
	require.Empty(t, w.words.kept)
	w.audited()
}

func TestEraseWordsRefused(t *testing.T) {
	t.Parallel()
	w, _ := spoken(t)
	statement := domain.Ref{Stream: "statement-dl_1/1", Version: 1}
	for name, c := range map[string]struct {
		content string
		rule    *domain.Rejection
	}{
		"no such stream":  {erasing(domain.Ref{Stream: "statement-dl_1/99", Version: 1}, "text"), domain.ErrUnknownRef},
		"no such version": {erasing(domain.Ref{Stream: statement.Stream, Version: 9}, "text"), domain.ErrUnknownRef},
		"no version":      {erasing(domain.Ref{Stream: statement.Stream}, "text"), domain.ErrUnknownRef},
		"another event":   {erasing(domain.Ref{Stream: statement.Stream, Version: 2}, "text"), domain.ErrUnknownRef},
		"no such field":   {erasing(statement, "author"), domain.ErrUnknownRef},
		"no such item":    {erasing(domain.Ref{Stream: "table-dl_1/1", Version: 2}, domain.ItemField("9")), domain.ErrUnknownRef},
		"by nobody":       {strings.Replace(erasing(statement, "text"), `"dpo"`, `""`, 1), domain.ErrInvalidField},
		"on no basis":     {strings.Replace(erasing(statement, "text"), `"request"`, `""`, 1), domain.ErrInvalidField},
	} {
		w.refused(c.rule, "erase-words", c.content, name)
	}
	w.words.openFails = errFault
	_, err := w.run("erase-words", "e", erasing(statement, "text"))
	require.ErrorIs(t, err, errFault, "what the vault cannot say is not guessed")
	w.words.openFails = vault.ErrDamaged
	w.must("erase-words", "damaged", erasing(domain.Ref{Stream: "statement-dl_1/2", Version: 1}, "text")) // is erased, too
	w.words.openFails = nil

	for at := range w.words.kept {
		if at.Field == "text" {
			delete(w.words.kept, at)
		}
	}
	w.refused(domain.ErrErased, "erase-words", erasing(statement, "text"), "nobody declares away what was lost")
	_, err = w.run("post-statement", "story-"+fmt.Sprint(numberOfStep("post-statement")), contentOf("post-statement"))
	require.ErrorIs(t, err, domain.ErrIdempotencyConflict, "what was lost is not taken for erased")
	w.audited()
}

// numberOfStep is the place of the first step of that name in the story.
func numberOfStep(name string) int {
	for i, s := range story {
		if s.name == name {
			return i
		}
	}
	panic(name)
}

// The erasure of a participant's data and that of single words know of each other.
func TestEraseWordsOfParticipants(t *testing.T) {
	t.Parallel()
	w, id := inRoom(t)
	in := domain.Ref{Stream: domain.ParticipantStream(id), Version: 1}
	w.must("erase-words", "needs", erasing(in, "accessNeeds"))
	w.must("give-consent", "g", consent(id, `"participate","dataUse"`)) // the participant stays one
	all := `{"participant":"` + string(id) + `","dialogue":"dl_1","requestedAt":"2025-10-10T09:00:00.000Z","legalBasis":"request"}`
	r := w.must("erase-personal-data", "all", all)
	require.Equal(t, []string{"strata"}, w.fact(r.Events[0].Seq).Event.(domain.PersonalDataErased).Fields, "what is left")
	w.refused(domain.ErrErased, "erase-words", erasing(in, "strata"))
	require.Equal(t, []string{"strata"}, w.fact(w.must("erase-personal-data", "all", all).Events[0].Seq).Event.(domain.PersonalDataErased).Fields)
	require.Len(t, w.must("register-participant", "join", joins(numberOf(t, id), "dl_1")).Events, 1)
	require.Empty(t, w.words.kept)
	w.audited()
}

// A name and a contact are kept and erased like everything that a participant tells.
func TestNameAndContact(t *testing.T) {
	t.Parallel()
	w := opened(t)
	w.registered("dl_1", "pt_FR")
	selected := w.drawn("dl_1")
	joined := strings.Replace(joins(numberOf(t, selected[0]), "dl_1"), `"strata"`, `"name":"Ada Example","contact":"ada@example.org","strata"`, 1)
	r := w.must("register-participant", "join", joined)
	f := w.fact(r.Events[0].Seq)
	require.Len(t, w.words.kept, 4)
	for field, words := range map[string]string{"name": "Ada Example", "contact": "ada@example.org"} {
		o := w.words.kept[vault.Place{Event: f.ID, Field: field}]
		require.Equal(t, words, string(o.Words))
		require.Equal(t, o.Commitment(), domain.CommitmentIn(f.Event, field))
		require.NotContains(t, string(w.records()[f.Seq].Data), words)
	}
	w.refused(domain.ErrInvalidText, "register-participant", strings.Replace(joined, "Ada Example", strings.Repeat("x", commands.MaxWords+1), 1))
	gone := w.must("erase-personal-data", "e", `{"participant":"`+string(selected[0])+`","dialogue":"dl_1","requestedAt":"2025-10-10T09:00:00.000Z","legalBasis":"request"}`)
	require.Equal(t, []string{"accessNeeds", "contact", "name", "strata"}, w.fact(gone.Events[0].Seq).Event.(domain.PersonalDataErased).Fields)
	require.Empty(t, w.words.kept)
	require.Equal(t, repeated(r), w.must("register-participant", "join", joined))
	require.Empty(t, w.must("register-participant", "join anew", joined).Events)
	require.Empty(t, w.words.kept)
	w.audited()
}
