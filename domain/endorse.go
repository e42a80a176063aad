package domain

// CheckEndorse rejects a question that endorses a recommendation in other words than its template's. template is the state of the artefact that the question
// was made from: it is approved, and its translations are the question's. Other questions pass.
func (v ArtefactVersionAdded) CheckEndorse(template Artefact) error {
	if v.Question == nil || v.Question.Kind != Endorse {
		return nil
	}
	ref := v.Question.Template
	if err := first(ref.Check(), template.Approved(ref)); err != nil {
		return err
	}
	of, err := template.version(ref)
	switch {
	case err != nil:
		return err
	case of.Kind != TemplateArtefact:
		return reject(ErrUnknownRef, "artefact %s version %d is a %s, not a template of recommendations", ref.ID, ref.Version, of.Kind)
	case v.SourceLang != of.SourceLang || v.Question.Text.Source != of.SourceLang:
		return reject(ErrInvalidAnswer, "template %s is written in %s", ref.ID, of.SourceLang)
	case v.Question.Text.String() != of.Body.String():
		return reject(ErrInvalidAnswer, "the question does not have the words of template %s version %d", ref.ID, ref.Version)
	}
	return nil
}
