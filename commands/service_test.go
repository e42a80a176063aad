package commands_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	"daybook.internal/vault"
)

// Meta says what was looked at besides the command's own stream, at the versions at which it stood then.
func TestObserved(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"open-edition": "", "schedule-milestone": "", "reach-milestone": "", "add-topic": "", "define-session": "", "freeze-protocol": "",
		"add-artefact-version":  "edition-ed_1@6",
		"register-dialogue":     "edition-ed_1@6",
		"set-quota-plan":        "",
		"authorise-dialogue":    "edition-ed_1@6",
		"register-participant":  "dialogue-dl_1@3",
		"give-consent":          "dialogue-dl_1@3",
		"open-session":          "",
		"post-statement":        "dialogue-dl_1@4",
		"moderate-statement":    "dialogue-dl_1@4",
		"link-statement":        "dialogue-dl_1@4 statement-dl_1/1@2",
		"react":                 "dialogue-dl_1@4 statement-dl_1/1@2",
		"cast-ballot":           "dialogue-dl_1@4 artefact-ar_q@1",
		"void-ballot":           "dialogue-dl_1@4",
		"report-deviation":      "",
		"withdraw-consent":      "dialogue-dl_1@5",
		"draft-recommendation":  "edition-ed_1@6 dialogue-dl_1@5 statement-dl_1/1@2",
		"open-endorsement":      "",
		"close-endorsement":     "",
		"decide-recommendation": "",
		"close-session":         "",
	}
	w := newWorld(t)
	for i, s := range story {
		r := w.must(s.name, fmt.Sprint("c", i), s.content)
		f := w.fact(r.Events[0].Seq)
		refs := []string{}
		for _, o := range f.Meta.Observed {
			refs = append(refs, o.String())
		}
		expected, ok := want[s.name]
		require.True(t, ok, s.name)
		if strings.Contains(s.content, `"parent"`) {
			expected += " statement-dl_1/1@1"
		}
		require.Equal(t, expected, strings.Join(refs, " "), s.name)
		require.EqualValues(t, "ed_1", f.Meta.Source, s.name)
		inDialogue := strings.Contains(s.content, "dl_1") || strings.Contains(s.name, "endorsement") || strings.HasPrefix(s.name, "decide")
		require.Equal(t, inDialogue, f.Meta.Dialogue == "dl_1", s.name)
	}
}

func TestMeta(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cause := domain.NewEventID("x", "y", 0)
	var c domain.EditionOpened
	require.NoError(t, json.Unmarshal([]byte(contentOf("open-edition")), &c))
	from := commands.By{Command: "c", Actor: domain.Actor{Role: domain.Importer, Principal: "polis", Partner: "pt_9"}, OccurredAt: 1_600_000_000_000, Causation: &cause}
	_, err := w.OpenEdition(context.Background(), from, c)
	require.NoError(t, err)
	m := w.fact(0).Meta
	require.Equal(t, domain.Meta{
		Source: "ed_1", Time: m.Time, OccurredAt: 1_600_000_000_000, Actor: from.Actor, Command: "c", Causation: &cause,
	}, m)
	require.Equal(t, "2025-10-10T08:01:00.000Z", m.Time.String(), "from the injected clock")

	// A retry is stamped later, and what stands is the first stamp.
	_, err = w.OpenEdition(context.Background(), from, c)
	require.NoError(t, err)
	require.Equal(t, m, w.fact(0).Meta)

	from.Command, from.OccurredAt = "d", 1<<62
	_, err = w.OpenEdition(context.Background(), from, domain.EditionOpened{Edition: "ed_2", Title: c.Title, Mandate: c.Mandate, Languages: c.Languages, Coordinator: "pt_1"})
	require.ErrorIs(t, err, domain.ErrInvalidField)
	require.Len(t, w.records(), 1)
}

func TestWordsGoToTheVaultFirst(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"post-statement", "register-participant"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for i, s := range story {
				if s.name == name {
					break
				}
				w.must(s.name, fmt.Sprint("c", i), s.content)
			}
			before := len(w.records())

			w.words.fail = errFault
			_, err := w.run(name, "mine", contentOf(name))
			require.ErrorIs(t, err, errFault)
			require.Len(t, w.records(), before, "no event without its opening")

			w.words.fail = nil
			w.faulty.Before = func(_ context.Context, b ledger.Batch) error {
				require.NotEmpty(t, w.words.kept, "the words are there before the event")
				w.faulty.Before = nil
				return errFault
			}
			_, err = w.run(name, "mine", contentOf(name))
			require.ErrorIs(t, err, errFault)

			r := w.must(name, "mine", contentOf(name))
			var says map[string]any
			require.NoError(t, json.Unmarshal([]byte(contentOf(name)), &says))
			f := w.fact(r.Events[0].Seq)
			for field, commitment := range commitmentsOf(t, f.Event) {
				o, err := w.words.Open(context.Background(), vault.Place{Event: r.Events[0].ID, Field: field})
				require.NoError(t, err)
				require.Equal(t, says[field], string(o.Words))
				require.Equal(t, o.Commitment(), commitment)
				require.NotContains(t, string(w.records()[r.Events[0].Seq].Data), says[field], "the words are not in the record")
			}
			kept := len(w.words.kept)

			// Other words under the same id are another command, even when the session is over and nothing can be decided any more.
			for _, late := range []bool{false, true} {
				if late {
					w.endSession(name == "register-participant")
				}
				at := len(w.records())
				other := strings.NewReplacer("see their", "hide their", "f/30-59", "m/16-29").Replace(contentOf(name))
				require.NotEqual(t, contentOf(name), other)
				_, err = w.run(name, "mine", other)
				require.ErrorIs(t, err, domain.ErrIdempotencyConflict)
				require.Len(t, w.records(), at)
				require.Len(t, w.words.kept, kept)
				require.Equal(t, repeated(r), w.must(name, "mine", contentOf(name)))
			}
		})
	}
}

// endSession closes the session of the story, and opens it first where that has not been done.
func (w *world) endSession(open bool) {
	if open {
		w.must("open-session", "late open", contentOf("open-session"))
	}
	w.must("close-session", "late close", contentOf("close-session"))
}

func commitmentsOf(t *testing.T, e domain.Event) map[string]domain.Commitment {
	t.Helper()
	switch e := e.(type) {
	case domain.StatementPosted:
		return map[string]domain.Commitment{"text": e.Text}
	case domain.ParticipantRegistered:
		return map[string]domain.Commitment{"strata": e.Strata, "accessNeeds": e.AccessNeeds}
	}
	t.Fatalf("%T bears no words", e)
	return nil
}

func TestStatementText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("open-session")
	before := len(w.records())
	for name, text := range map[string]string{"none": "", "too long": strings.Repeat("ä", commands.MaxWords/2) + "."} {
		_, err := w.PostStatement(context.Background(), by(name), commands.PostStatement{Conversation: "dl_1", Statement: "9", Kind: domain.PlainStatement, Text: text, Lang: "en", Author: "p1"})
		require.ErrorIs(t, err, domain.ErrInvalidText, name)
	}
	require.Len(t, w.records(), before)
	_, err := w.PostStatement(context.Background(), by("fits"), commands.PostStatement{Conversation: "dl_1", Statement: "9", Kind: domain.PlainStatement,
		Text: strings.Repeat("ä", commands.MaxWords/2), Lang: "en", Author: "p1"})
	require.NoError(t, err)
}
