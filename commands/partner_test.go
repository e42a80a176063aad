package commands_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
)

func admission(id, place string) string {
	role, where := `"nationalPartner"`, `,"place":"`+place+`"`
	if place == "" {
		role, where = `"recruiter"`, ""
	}
	return fmt.Sprintf(`{"edition":"ed_1","partner":%q,"name":"An organisation","kind":"academia","roles":[%s]%s,"agreement":%s,"validFrom":"2025-01-01"}`, id, role, where, digest)
}

// A dialogue goes on under the partner that was admitted and trained to succeed the one of its place.
func TestPartnerSucceeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("register-dialogue")
	successor := strings.NewReplacer(`"pt_FR"`, `"pt_FR2"`, `"place":"FR"`, `"place":"FR","succeeds":"pt_FR"`).Replace(admissionOf("pt_FR"))
	ended := `{"edition":"ed_1","partner":"pt_FR","reason":"moved on","effectiveAt":"2025-10-09T08:00:00.000Z","reassignTo":"pt_FR2"}`
	w.refused(domain.ErrConflictOfInterest, "admit-partner", strings.Replace(successor, `,"succeeds":"pt_FR"`, "", 1))
	w.refused(domain.ErrUnknownRef, "end-partnership", ended, "the successor comes first")
	r := w.must("admit-partner", "successor", successor)
	for i, s := range story {
		if (s.name == "complete-training" || s.name == "declare-interest") && strings.Contains(s.content, `"pt_FR"`) {
			w.must(s.name, fmt.Sprint("successor-", i), strings.Replace(s.content, `"pt_FR"`, `"pt_FR2"`, 1))
		}
	}
	w.must("end-partnership", "end", ended)
	require.Equal(t, repeated(r), w.must("admit-partner", "successor", successor), "sent again, when nobody is left to succeed")
	begun := false
	for i, s := range story {
		if begun {
			w.must(s.name, fmt.Sprint("story-", i), s.content)
		}
		if begun = begun || s.name == "register-dialogue"; s.name == "cast-ballot" {
			break
		}
	}
	for _, record := range w.records() {
		f, err := record.Decode()
		require.NoError(t, err)
		if _, is := f.Event.(domain.DialogueAuthorised); is {
			require.Contains(t, observedBy(f), "partner-ed_1/pt_FR2@", "under the successor")
		}
	}
	newAudit().follow(t, w.records())
}

// admissionOf is the admission of a partner in the story.
func admissionOf(id string) string {
	for _, s := range story {
		if s.name == "admit-partner" && strings.Contains(s.content, `"`+id+`"`) {
			return s.content
		}
	}
	panic(id)
}

func TestPartners(t *testing.T) {
	t.Parallel()
	w := opened(t)
	ends := func(id, to string) string {
		if to != "" {
			to = `,"reassignTo":"` + to + `"`
		}
		return fmt.Sprintf(`{"edition":"ed_1","partner":%q,"reason":"moved on","effectiveAt":"2025-10-10T08:00:00.000Z"%s}`, id, to)
	}
	_, err := w.run("admit-partner", "c", `{"edition":"ed_9"`+admission("pt_FR", "FR")[len(`{"edition":"ed_1"`):])
	require.ErrorIs(t, err, domain.ErrUnknownRef, "no such edition")
	w.must("admit-partner", "fr", admission("pt_FR", "FR"))
	_, err = w.run("admit-partner", "second", admission("pt_FR2", "FR"))
	require.ErrorIs(t, err, domain.ErrConflictOfInterest, "others of the edition are looked at")
	w.must("admit-partner", "ke", admission("pt_KE", "KE"))
	w.must("admit-partner", "helper", admission("pt_H", ""))
	require.Empty(t, w.must("admit-partner", "helper again", admission("pt_H", "")).Events)

	w.must("declare-interest", "d", `{"edition":"ed_1","partner":"pt_FR","person":"ann","statement":{"source":"en","text":{"en":"None."}},"topics":[],"level":"none"}`)
	_, err = w.run("declare-interest", "d2", `{"edition":"ed_1","partner":"pt_XX","person":"ann","statement":{"source":"en","text":{"en":"None."}},"topics":[],"level":"none"}`)
	require.ErrorIs(t, err, domain.ErrUnknownRef)
	training := `{"edition":"ed_1","partner":"pt_FR","trainee":"ann","role":"tableFacilitator","module":{"id":"ar_g","version":%d},"trainer":"bob"}`
	w.must("complete-training", "t", fmt.Sprintf(training, 1))
	_, err = w.run("complete-training", "t2", fmt.Sprintf(training, 2))
	require.ErrorIs(t, err, domain.ErrUnknownRef, "the module is looked at")

	w.registered("dl_1", "pt_FR")
	w.registered("dl_2", "pt_KE")
	_, err = w.run("end-partnership", "e", ends("pt_FR", ""))
	require.ErrorIs(t, err, domain.ErrPhaseClosed, "dl_1 would be nobody's")
	_, err = w.run("end-partnership", "e", ends("pt_FR", "pt_XX"))
	require.ErrorIs(t, err, domain.ErrUnknownRef)
	w.must("end-partnership", "e", ends("pt_FR", "pt_H"))
	require.Len(t, w.must("end-partnership", "e", ends("pt_FR", "pt_H")).Events, 1, "sent again")
	w.must("admit-partner", "third", admission("pt_FR3", "FR"))
	_, err = w.run("end-partnership", "f", ends("pt_H", ""))
	require.ErrorIs(t, err, domain.ErrPhaseClosed, "dl_1 has come to the successor")
	w.must("end-partnership", "g", ends("pt_H", "pt_KE"))
	w.given(domain.DialogueStream("dl_1"), "dl_1", domain.DialogueCertified{Dialogue: "dl_1"})
	_, err = w.run("end-partnership", "h", ends("pt_KE", ""))
	require.ErrorContains(t, err, "dl_2", "dl_1 is certified, dl_2 is not")
	w.given(domain.DialogueStream("dl_2"), "dl_2", domain.DialogueCertified{Dialogue: "dl_2"})
	w.must("end-partnership", "h", ends("pt_KE", ""))
	w.audited()
}
