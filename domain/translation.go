package domain

import "slices"

// SubmitTranslation brings a version into another language of the edition. Words that stand in the event have their digest set here; of a file, the digest
// is given. A translation can be submitted again until it is verified.
func (a Artefact) SubmitTranslation(t TranslationSubmitted, in Edition) ([]Event, error) {
	v, err := a.version(ArtefactRef{t.Artefact, t.Version})
	if err := first(err, t.Lang.Check(), oneOf("translation method", t.Method, translationMethods)); err != nil {
		return nil, err
	}
	inline := t.Question != nil || len(t.Codes) > 0 || t.Body != ""
	if inline && t.Content == (Digest{}) {
		t.Content = TranslationDigest(t)
	}
	have, known := v.translations[t.Lang]
	switch {
	case known && same(have.TranslationSubmitted, t):
		return nil, nil
	case v.withdrawn != nil:
		return nil, reject(ErrFrozen, "artefact %s version %d is withdrawn", t.Artefact, t.Version)
	case !slices.Contains(in.Languages(), t.Lang):
		return nil, reject(ErrInvalidField, "%s is not a language of the edition", t.Lang)
	case t.Lang == v.SourceLang:
		return nil, reject(ErrInvalidField, "artefact %s was written in %s", t.Artefact, t.Lang)
	case t.Translator == "":
		return nil, reject(ErrInvalidField, "somebody translates")
	case t.Content == Digest{}, inline && t.Content != TranslationDigest(t):
		return nil, reject(ErrChecksum, "the digest is not that of the translation")
	case known && have.verified != nil:
		return nil, reject(ErrFrozen, "the translation of artefact %s version %d into %s is verified", t.Artefact, t.Version, t.Lang)
	case (v.Question != nil) != (t.Question != nil):
		return nil, reject(ErrInvalidAnswer, "a question is translated as a question, and nothing else is")
	case len(v.Codes) != len(t.Codes):
		return nil, reject(ErrInvalidAnswer, "there are %d codes, their translation has %d", len(v.Codes), len(t.Codes))
	}
	if t.Question != nil {
		if err := v.Question.CheckWords(*t.Question); err != nil {
			return nil, err
		}
	}
	for _, c := range v.Codes {
		if err := checkText("the translation of code "+c.ID, t.Codes[c.ID]); err != nil {
			return nil, err
		}
	}
	if t.Body != "" {
		if err := checkText("body", t.Body); err != nil {
			return nil, err
		}
	}
	return []Event{t}, nil
}

// VerifyTranslation lets a translation be used.
func (a Artefact) VerifyTranslation(t TranslationVerified) ([]Event, error) {
	v, err := a.version(ArtefactRef{t.Artefact, t.Version})
	if err := first(err, oneOf("verification method", t.Method, verificationMethods)); err != nil {
		return nil, err
	}
	have, known := v.translations[t.Lang]
	switch {
	case !known:
		return nil, reject(ErrUnknownRef, "artefact %s version %d has no translation into %s", t.Artefact, t.Version, t.Lang)
	case have.verified != nil && same(*have.verified, t):
		return nil, nil
	case v.withdrawn != nil:
		return nil, reject(ErrFrozen, "artefact %s version %d is withdrawn", t.Artefact, t.Version)
	case have.verified != nil:
		return nil, reject(ErrFrozen, "the translation into %s is verified already", t.Lang)
	case t.Verifier == "" || t.Issues < 0:
		return nil, reject(ErrInvalidField, "somebody verifies, and settles no negative number of issues")
	case t.Verifier == have.Translator:
		return nil, reject(ErrSelfReview, "nobody verifies their own translation")
	case t.Translation != have.Content:
		return nil, reject(ErrChecksum, "the translation that was submitted has digest %s", have.Content)
	case v.Kind == QuestionArtefact && have.TranslationSubmitted.Method == MachineTranslation:
		return nil, reject(ErrTranslationNotVerified, "a question that nobody but a machine has translated is not put before people")
	}
	return []Event{t}, nil
}
