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
	const dialogue, edition, question = "dialogue-dl_1", "edition-ed_1", "artefact-ar_q"
	somebody := "participant-" + who
	want := map[string]string{ // by name, and by name and number where a later step of that name looks at something else
		"open-edition": "", "schedule-milestone": "", "reach-milestone": "", "add-topic": "",
		"admit-partner":        "edition-ed_1 ledger",
		"admit-partner 2":      "edition-ed_1 ledger partner-ed_1/pt_c",
		"admit-partner 3":      "edition-ed_1 ledger partner-ed_1/pt_c partner-ed_1/pt_FR",
		"declare-interest":     edition,
		"complete-training":    edition + " artefact-ar_f",
		"complete-training 3":  edition + " artefact-ar_g",
		"complete-training 4":  edition + " artefact-ar_g",
		"end-partnership":      edition + " ledger dialogue-dl_1 partner-ed_1/pt_FR",
		"add-artefact-version": edition,
		"record-review":        edition + " partner-ed_1/pt_c",
		"approve-artefact":     edition + " ledger",
		"submit-translation":   edition,
		"verify-translation":   "",
		"define-session":       question,
		"freeze-protocol":      question + " artefact-ar_plan",
		"register-dialogue":    edition + " partner-ed_1/pt_FR",
		"set-quota-plan":       "sortition-dl_1",
		"authorise-dialogue":   edition + " partner-ed_1/pt_FR artefact-ar_q artefact-ar_c",
		"report-recruitment":   dialogue,
		"seal-pool":            dialogue,
		"commit-draw":          dialogue,
		"execute-draw":         dialogue,
		"register-participant": dialogue + " " + edition + " sortition-dl_1",
		"give-consent":         dialogue + " artefact-ar_c",
		"open-session":         edition + " " + question,
		"check-in":             dialogue + " " + edition + " sortition-dl_1", // who was drawn needs the seat
		"form-table":           dialogue + " " + edition + " partner-ed_1/pt_FR " + somebody + " ledger",
		"record-table-output":  dialogue + " " + edition + " artefact-ar_w " + somebody,
		"post-statement":       dialogue,
		"post-statement 2":     dialogue + " statement-dl_1/1",
		"moderate-statement":   dialogue,
		"link-statement":       dialogue + " statement-dl_1/1",
		"react":                dialogue + " statement-dl_1/1",
		"cast-ballot":          dialogue + " " + edition + " " + question,
		"void-ballot":          dialogue + " tally-dl_1/s1",
		"report-deviation":     "",
		"withdraw-consent":     dialogue,
		"erase-personal-data":  dialogue,
		"erase-words":          "statement-dl_1/2",
		"close-session":        "",
		"certify-dialogue":     edition + " ledger artefact-ar_q tally-dl_1/s1 audit-ed_1",

		"draft-recommendation":     edition + " " + dialogue + " statement-dl_1/1",
		"draft-recommendation 2":   edition + " recommendation-rc_1 " + dialogue,
		"draft-recommendation 3":   edition + " " + dialogue + " recommendation-rc_1 statement-dl_1/1",
		"revise-recommendation":    edition + " tally-dl_1/s1 " + dialogue + " recommendation-rc_1 statement-dl_1/1",
		"supersede-recommendation": "recommendation-rc_2",
		"open-endorsement":         dialogue,
		"close-endorsement":        "",
		"decide-recommendation":    "",
		"record-tally-sheet":       dialogue + " " + question + " ledger",
		"reconcile-tally":          dialogue + " " + question + " ledger",

		"release-publication":   edition + " " + dialogue + " ledger",
		"correct-publication":   "",
		"submit-recommendation": "recommendation-rc_1 publication-pb_1",
		"record-response":       "",
		"report-follow-up":      "",
		"code-segment":          edition + " statement-dl_1/1 artefact-ar_f partner-ed_1/pt_c", // not what the other coder said
		"adjudicate-coding":     "artefact-ar_f",
		"raise-finding":         dialogue + " " + edition + " partner-ed_1/pt_1 partner-ed_1/pt_FR partner-ed_1/pt_a",
		"resolve-finding":       dialogue + " " + edition + " partner-ed_1/pt_1 partner-ed_1/pt_FR partner-ed_1/pt_a",
		"withdraw-artefact":     "ledger " + dialogue,
	}
	ofEdition := map[string]bool{"raise-finding": true, "resolve-finding": true} // though they name a dialogue
	times, versions := map[string]int{}, map[domain.StreamID]uint64{}
	w := newWorld(t)
	for i, s := range story {
		r := w.must(s.name, fmt.Sprint("c", i), s.content)
		f := w.fact(r.Events[0].Seq)
		var streams []string
		for _, o := range f.Meta.Observed {
			streams = append(streams, string(o.Stream))
			if o.Stream == domain.LedgerStream {
				require.Equal(t, f.Seq, o.Version, s.name)
			} else {
				require.Equal(t, versions[o.Stream], o.Version, "%s: %s as it stood", s.name, o.Stream)
			}
		}
		times[s.name]++
		expected, ok := want[fmt.Sprint(s.name, " ", times[s.name])]
		if !ok {
			expected, ok = want[s.name]
		}
		require.True(t, ok, s.name)
		require.Equal(t, expected, strings.Join(streams, " "), "%s %d", s.name, times[s.name])
		require.EqualValues(t, "ed_1", f.Meta.Source, s.name)
		named := strings.Contains(s.content, `"dl_1"`) && !ofEdition[s.name]
		if named {
			require.EqualValues(t, "dl_1", f.Meta.Dialogue, s.name)
		}
		versions[f.Stream]++
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
