package domain

// ArtefactStream is the stream of one artefact.
func ArtefactStream(id ArtefactID) StreamID { return StreamName("artefact", string(id)) }

// Check rejects a reference to no version.
func (r ArtefactRef) Check() error {
	if r.Version < 1 {
		return reject(ErrInvalidField, "artefact versions begin at 1")
	}
	return CheckID("artefact", r.ID)
}

// Artefact is the state of one artefact's stream.
type Artefact struct {
	versions []ArtefactVersionAdded
}

// Evolve folds one event.
func (a Artefact) Evolve(ev Event) Artefact {
	if v, ok := ev.(ArtefactVersionAdded); ok {
		a.versions = append(a.versions[:len(a.versions):len(a.versions)], v)
	}
	return a
}

// Question is what a version asks. It is rejected where there is no such version, or where it asks nothing.
func (a Artefact) Question(ref ArtefactRef) (Question, error) {
	if ref.Version < 1 || ref.Version > len(a.versions) {
		return Question{}, reject(ErrUnknownRef, "artefact %s has no version %d", ref.ID, ref.Version)
	}
	v := a.versions[ref.Version-1]
	if v.Question == nil {
		return Question{}, reject(ErrUnknownRef, "artefact %s is a %s, not a question", ref.ID, v.Kind)
	}
	return *v.Question, nil
}

// AddVersion brings the next version. A version never changes.
func (a Artefact) AddVersion(v ArtefactVersionAdded) ([]Event, error) {
	if err := first(CheckID("artefact", v.Artefact), oneOf("artefact kind", v.Kind, artefactKinds), v.SourceLang.Check()); err != nil {
		return nil, err
	}
	switch n := len(a.versions); {
	case v.Version >= 1 && v.Version <= n && same(a.versions[v.Version-1], v):
		return nil, nil
	case v.Version != n+1:
		return nil, reject(ErrFrozen, "artefact %s has %d versions: the next is %d, not %d", v.Artefact, n, n+1, v.Version)
	case n > 0 && a.versions[0].Kind != v.Kind:
		return nil, reject(ErrInvalidField, "artefact %s is a %s", v.Artefact, a.versions[0].Kind)
	case (v.Kind == QuestionArtefact) != (v.Question != nil):
		return nil, reject(ErrInvalidField, "an artefact of kind question has a question, and no other has")
	case v.Author == "":
		return nil, reject(ErrInvalidField, "an artefact has an author")
	case v.Content == Digest{}:
		return nil, reject(ErrChecksum, "an artefact has the digest of its content")
	}
	if len(v.Body.Text) > 0 {
		if err := v.Body.Check("body"); err != nil {
			return nil, err
		}
	}
	if v.Question != nil {
		if err := v.Question.Check(); err != nil {
			return nil, err
		}
	}
	return []Event{v}, nil
}
