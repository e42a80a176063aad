package domain

import "testing"

// translated is a translation of the example question, and verified its verification.
func translated() TranslationSubmitted {
	t := TranslationSubmitted{
		Artefact: "ar_wells", Version: 1, Lang: "sw", Translator: "t.juma", Method: HumanTranslation,
		Question: &QuestionWords{Text: "Nani alipie visima vipya?", Options: map[OptionID]string{"state": "Serikali", "users": "Wanaovitumia"}},
	}
	t.Content = TranslationDigest(t)
	return t
}

func verified() TranslationVerified {
	return TranslationVerified{Artefact: "ar_wells", Version: 1, Lang: "sw", Translation: translated().Content, Verifier: "v.achieng", Method: BackTranslation}
}

func TestSubmitTranslation(t *testing.T) {
	t.Parallel()
	s, in, given := translated(), openEdition(), follows(firstVersion())
	ask := func(s TranslationSubmitted) func(Artefact) ([]Event, error) {
		return asks2(Artefact.SubmitTranslation, s, in)
	}
	change := func(f func(*TranslationSubmitted)) TranslationSubmitted { return but(s, f) }
	words := func(f func(*QuestionWords)) func(Artefact) ([]Event, error) {
		return ask(change(func(s *TranslationSubmitted) {
			q := QuestionWords{Text: s.Question.Text, Options: map[OptionID]string{"state": "Serikali", "users": "Wanaovitumia"}}
			f(&q)
			s.Question, s.Content = &q, Digest{}
		}))
	}
	better := change(func(s *TranslationSubmitted) {
		s.Question = &QuestionWords{Text: "Ni nani alipie visima?", Options: s.Question.Options}
		s.Content = TranslationDigest(*s)
	})
	script := but(firstVersion(), func(v *ArtefactVersionAdded) { v.Kind, v.Question = ScriptArtefact, nil })
	text := change(func(s *TranslationSubmitted) {
		s.Question, s.Body = nil, "Soma kwa sauti."
		s.Content = TranslationDigest(*s)
	})
	file := change(func(s *TranslationSubmitted) {
		s.Question, s.URI, s.Content = nil, "https://example.org/sw", exampleDigest(12)
	})
	codes := example[ArtefactVersionAdded]().Codes
	frame := but(script, func(v *ArtefactVersionAdded) { v.Kind, v.Codes = CodingFrameArtefact, codes })
	labels := func(labels map[string]string) TranslationSubmitted {
		return change(func(s *TranslationSubmitted) { s.Question, s.Codes = nil, labels; s.Content = TranslationDigest(*s) })
	}
	both := labels(map[string]string{"cost": "Gharama", "depth": "Kina"})
	checkRulings(t, []ruling[Artefact]{
		{"submits", given, ask(s), nil, follows(s)},
		{"the digest follows from the words", given, ask(change(func(s *TranslationSubmitted) { s.Content = Digest{} })), nil, follows(s)},
		{"is submitted", append(given, s), ask(s), nil, nil},
		{"is verified", append(given, s, verified()), ask(s), nil, nil},
		{"submits a better one", append(given, s), ask(better), nil, follows(better)},
		{"a better one after verification", append(given, s, verified()), ask(better), ErrFrozen, nil},
		{"a script", follows(script), ask(text), nil, follows(text)},
		{"a file", follows(script), ask(file), nil, follows(file)},
		{"a coding frame", follows(frame), ask(both), nil, follows(both)},
		{"no such version", nil, ask(s), ErrUnknownRef, nil},
		{"no language", given, ask(change(func(s *TranslationSubmitted) { s.Lang = "Swahili language" })), ErrInvalidField, nil},
		{"unknown method", given, ask(change(func(s *TranslationSubmitted) { s.Method = "guess" })), ErrInvalidField, nil},
		{"language of no dialogue", given, ask(change(func(s *TranslationSubmitted) { s.Lang = "fr" })), ErrInvalidField, nil},
		{"its own language", given, ask(change(func(s *TranslationSubmitted) { s.Lang = "en" })), ErrInvalidField, nil},
		{"edition not open", given, asks2(Artefact.SubmitTranslation, s, Edition{}), ErrInvalidField, nil},
		{"nobody", given, ask(change(func(s *TranslationSubmitted) { s.Translator = "" })), ErrInvalidField, nil},
		{"withdrawn", append(given, ArtefactWithdrawn{Artefact: "ar_wells", Version: 1, Reason: "r"}), ask(s), ErrFrozen, nil},
		{"another digest", given, ask(change(func(s *TranslationSubmitted) { s.Content = exampleDigest(12) })), ErrChecksum, nil},
		{"a file without a digest", follows(script), ask(change(func(s *TranslationSubmitted) { s.Question, s.Content = nil, Digest{} })), ErrChecksum, nil},
		{"a question as a text", given, ask(text), ErrInvalidAnswer, nil},
		{"a script as a question", follows(script), ask(s), ErrInvalidAnswer, nil},
		{"an option missing", given, words(func(q *QuestionWords) { delete(q.Options, "users") }), ErrInvalidAnswer, nil},
		{"an option renamed", given, words(func(q *QuestionWords) { delete(q.Options, "users"); q.Options["nobody"] = "x" }), ErrInvalidAnswer, nil},
		{"a label too many", given, words(func(q *QuestionWords) { q.Labels = []string{"x"} }), ErrInvalidAnswer, nil},
		{"an option without words", given, words(func(q *QuestionWords) { q.Options["users"] = "" }), ErrInvalidText, nil},
		{"no words", given, words(func(q *QuestionWords) { q.Text = "" }), ErrInvalidText, nil},
		{"a code missing", follows(frame), ask(labels(map[string]string{"cost": "Gharama"})), ErrInvalidAnswer, nil},
		{"a code renamed", follows(frame), ask(labels(map[string]string{"cost": "Gharama", "price": "Bei"})), ErrInvalidText, nil},
		{"a script with codes", follows(script), ask(both), ErrInvalidAnswer, nil},
		{"a text that is too long", follows(script), ask(but(text, func(s *TranslationSubmitted) { s.Body, s.Content = string(make([]byte, MaxText+1)), Digest{} })), ErrInvalidText, nil},
	})
}

func TestVerifyTranslation(t *testing.T) {
	t.Parallel()
	s, v := translated(), verified()
	given := follows(firstVersion(), s)
	change := func(f func(*TranslationVerified)) func(Artefact) ([]Event, error) {
		return asks(Artefact.VerifyTranslation, but(v, f))
	}
	ask := asks(Artefact.VerifyTranslation, v)
	by := func(m TranslationMethod) TranslationSubmitted {
		return but(s, func(s *TranslationSubmitted) { s.Method = m })
	}
	script := but(firstVersion(), func(v *ArtefactVersionAdded) { v.Kind, v.Question = ScriptArtefact, nil })
	checkRulings(t, []ruling[Artefact]{
		{"verifies", given, ask, nil, follows(v)},
		{"is verified", append(given, v), ask, nil, nil},
		{"is verified by somebody else", append(given, v), change(func(v *TranslationVerified) { v.Verifier = "x" }), ErrFrozen, nil},
		{"a machine's, edited", follows(firstVersion(), by(MachineEdited)), ask, nil, follows(v)},
		{"a machine's", follows(firstVersion(), by(MachineTranslation)), ask, ErrTranslationNotVerified, nil},
		{"a machine's, of a script", follows(script, by(MachineTranslation)), ask, nil, follows(v)},
		{"no such version", nil, ask, ErrUnknownRef, nil},
		{"not translated", follows(firstVersion()), ask, ErrUnknownRef, nil},
		{"another language", given, change(func(v *TranslationVerified) { v.Lang = "nl" }), ErrUnknownRef, nil},
		{"unknown method", given, change(func(v *TranslationVerified) { v.Method = "glance" }), ErrInvalidField, nil},
		{"nobody", given, change(func(v *TranslationVerified) { v.Verifier = "" }), ErrInvalidField, nil},
		{"negative issues", given, change(func(v *TranslationVerified) { v.Issues = -1 }), ErrInvalidField, nil},
		{"the translator", given, change(func(v *TranslationVerified) { v.Verifier = s.Translator }), ErrSelfReview, nil},
		{"another text", given, change(func(v *TranslationVerified) { v.Translation = exampleDigest(12) }), ErrChecksum, nil},
		{"withdrawn", append(given, ArtefactWithdrawn{Artefact: "ar_wells", Version: 1, Reason: "r"}), ask, ErrFrozen, nil},
	})
}
