package measures

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

// Whoever reads everything at every position sees no public number move with an answer, while a session is open; afterwards everything is shown.
func TestNothingMovesWithAnAnswer(t *testing.T) {
	t.Parallel()
	w := crossWorld(t, 3)
	ref := w.question("ar_q", choice("a", "b"))
	w.crossed("dl_1", "AA")
	w.crossed("dl_2", "AB")
	said := func() map[string]string {
		docs := map[string]string{}
		for _, v := range All() {
			for _, key := range v.Keys(w.state) {
				if !v.Public {
					continue
				}
				d, err := v.Compute(w.state, key, nil)
				require.NoError(t, err)
				var body map[string]any
				require.NoError(t, json.Unmarshal(d.Data, &body))
				delete(body, "ledgerPosition")
				delete(body, "warnings") // how many places are small
				delete(body, "hidden")   // which places are left out
				text, err := json.Marshal(body)
				require.NoError(t, err)
				docs[v.Name+" "+key] = string(text)
			}
		}
		return docs
	}
	give := func(id domain.DialogueID, n int) {
		for i := range n {
			who := string(id) + string(rune('a'+i))
			w.profile(id, who, i%3, i%2)
			before := said()
			w.cast(id, who, ref, domain.SessionWave, "", domain.Answer{Option: domain.OptionID("ab"[i%2 : i%2+1])})
			after := said()
			for ref, text := range before {
				if hides := strings.Contains(after[ref], `"suppressed":true`) && strings.HasSuffix(ref, "/world"); i == 0 && hides {
					continue // with the first answer of a place the world is hidden: it tells that somebody answered, not what
				}
				require.Equal(t, text, after[ref], ref)
			}
		}
	}
	open := func(id domain.DialogueID) {
		w.add(id, domain.StreamID("dialogue-"+id), domain.SessionOpened{Dialogue: id, Session: aSession, Chamber: domain.CitizenChamber})
	}
	closes := func(id domain.DialogueID) {
		w.add(id, domain.StreamID("dialogue-"+id), domain.SessionClosed{Dialogue: id, Session: aSession})
	}
	open("dl_1")
	give("dl_1", 12)
	var d ResultDoc
	w.document(Result, "ed_1/ar_q@1/s1/session/sortition/AA", &d)
	require.True(t, d.Suppressed)
	require.Equal(t, WarnOpen, d.Warnings[len(d.Warnings)-1].Name)
	open("dl_2")
	closes("dl_1")
	d = ResultDoc{}
	w.document(Result, "ed_1/ar_q@1/s1/session/sortition/AA", &d)
	require.Equal(t, 12, *d.Base)
	give("dl_2", 12)
	d = ResultDoc{}
	w.document(Result, "ed_1/ar_q@1/s1/session/sortition/world", &d)
	require.True(t, d.Suppressed, "people still answer in AB")
	closes("dl_2")
	d = ResultDoc{}
	w.document(Result, "ed_1/ar_q@1/s1/session/sortition/world", &d)
	require.Equal(t, 24, *d.Base)
}
