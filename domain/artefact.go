package domain

import (
	"crypto/sha256"
	"slices"
)

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
	versions []artefactVersion
}

type artefactVersion struct {
	ArtefactVersionAdded
	reviews      map[string]ReviewRecorded // by reviewer, the last one
	approved     *ArtefactApproved
	translations map[Lang]translation
	withdrawn    *ArtefactWithdrawn
}

type translation struct {
	TranslationSubmitted
	verified *TranslationVerified
}

// Evolve folds one event.
func (a Artefact) Evolve(ev Event) Artefact {
	switch ev := ev.(type) {
	case ArtefactVersionAdded:
		a.versions = append(a.versions[:len(a.versions):len(a.versions)], artefactVersion{ArtefactVersionAdded: ev})
	case ReviewRecorded:
		a = a.change(ev.Version, func(v *artefactVersion) { v.reviews = with(v.reviews, ev.Reviewer, ev) })
	case ArtefactApproved:
		a = a.change(ev.Version, func(v *artefactVersion) { v.approved = &ev })
	case TranslationSubmitted:
		a = a.change(ev.Version, func(v *artefactVersion) { v.translations = with(v.translations, ev.Lang, translation{ev, nil}) })
	case TranslationVerified:
		a = a.change(ev.Version, func(v *artefactVersion) {
			v.translations = with(v.translations, ev.Lang, translation{v.translations[ev.Lang].TranslationSubmitted, &ev})
		})
	case ArtefactWithdrawn:
		a = a.change(ev.Version, func(v *artefactVersion) { v.withdrawn = &ev })
	}
	return a
}

// change gives a with another form of one version; what is no version changes nothing.
func (a Artefact) change(version int, how func(*artefactVersion)) Artefact {
	if version < 1 || version > len(a.versions) {
		return a
	}
	a.versions = slices.Clone(a.versions)
	how(&a.versions[version-1])
	return a
}

// version finds a version, which is not to be changed; an empty one where there is none.
func (a Artefact) version(ref ArtefactRef) (*artefactVersion, error) {
	if ref.Version < 1 || ref.Version > len(a.versions) {
		return &artefactVersion{}, reject(ErrUnknownRef, "artefact %q has no version %d", ref.ID, ref.Version)
	}
	return &a.versions[ref.Version-1], nil
}

// Question is what a version asks. It is rejected where there is no such version, or where it asks nothing.
func (a Artefact) Question(ref ArtefactRef) (Question, error) {
	v, err := a.version(ref)
	if err == nil && v.Question == nil {
		err = reject(ErrUnknownRef, "artefact %s is a %s, not a question", ref.ID, v.Kind)
	}
	if err != nil {
		return Question{}, err
	}
	return *v.Question, nil
}

// Kind is what a version is, empty where there is none.
func (a Artefact) Kind(ref ArtefactRef) ArtefactKind {
	v, _ := a.version(ref)
	return v.Kind
}

// Content is the digest of a version, zero where there is none.
func (a Artefact) Content(ref ArtefactRef) Digest {
	v, _ := a.version(ref)
	return v.Content
}

// HasCode tells whether a version of a coding frame or a guideline has a code.
func (a Artefact) HasCode(ref ArtefactRef, id string) bool {
	v, _ := a.version(ref)
	return slices.ContainsFunc(v.Codes, func(c Code) bool { return c.ID == id })
}

// Approvals is how many members of the committee approve a version, and whether it is approved and not withdrawn.
func (a Artefact) Approvals(ref ArtefactRef) (n int, standing bool) {
	v, err := a.version(ref)
	if err != nil || v.approved == nil {
		return 0, false
	}
	return len(v.approved.Approvals), v.withdrawn == nil
}

// Approved rejects by ErrUnknownRef or ErrNotApproved unless the version is approved and not withdrawn.
func (a Artefact) Approved(ref ArtefactRef) error {
	v, err := a.version(ref)
	switch {
	case err != nil:
		return err
	case v.withdrawn != nil:
		return reject(ErrNotApproved, "artefact %s version %d is withdrawn: %s", ref.ID, ref.Version, v.withdrawn.Reason)
	case v.approved == nil:
		return reject(ErrNotApproved, "artefact %s version %d is not approved", ref.ID, ref.Version)
	}
	return nil
}

// ApprovedBy rejects like Approved, and by ErrQuorum where fewer than quorum members of the committee approve the version.
func (a Artefact) ApprovedBy(ref ArtefactRef, quorum int) error {
	if err := a.Approved(ref); err != nil {
		return err
	}
	if n, _ := a.Approvals(ref); n < quorum {
		return reject(ErrQuorum, "%d members of the committee approve artefact %s version %d, the quorum is %d", n, ref.ID, ref.Version, quorum)
	}
	return nil
}

// Usable rejects a version that may not be put before people in a language: it is approved, and in another language than its source verified.
func (a Artefact) Usable(ref ArtefactRef, in Lang) error {
	if err := a.Approved(ref); err != nil {
		return err
	}
	v, _ := a.version(ref)
	if t := v.translations[in]; in != v.SourceLang && t.verified == nil {
		return reject(ErrTranslationNotVerified, "artefact %s version %d has no verified translation into %s", ref.ID, ref.Version, in)
	}
	return nil
}

// AddVersion brings the next version. A version never changes.
func (a Artefact) AddVersion(v ArtefactVersionAdded) ([]Event, error) {
	if err := first(CheckID("artefact", v.Artefact), oneOf("artefact kind", v.Kind, artefactKinds), v.SourceLang.Check()); err != nil {
		return nil, err
	}
	switch n := len(a.versions); {
	case v.Version >= 1 && v.Version <= n && same(a.versions[v.Version-1].ArtefactVersionAdded, v):
		return nil, nil
	case v.Version != n+1:
		return nil, reject(ErrFrozen, "artefact %s has %d versions: the next is %d, not %d", v.Artefact, n, n+1, v.Version)
	case n > 0 && a.versions[0].Kind != v.Kind:
		return nil, reject(ErrInvalidField, "artefact %s is a %s", v.Artefact, a.versions[0].Kind)
	case (v.Kind == QuestionArtefact) != (v.Question != nil):
		return nil, reject(ErrInvalidField, "an artefact of kind question has a question, and no other has")
	case v.Kind == CodingFrameArtefact && len(v.Codes) == 0, len(v.Codes) > 0 && v.Kind != CodingFrameArtefact && v.Kind != GuideArtefact:
		return nil, reject(ErrInvalidField, "a coding frame has codes, a guide may have reason codes, and no other artefact has")
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
	for i, c := range v.Codes {
		if !isToken(c.ID) || slices.ContainsFunc(v.Codes[:i], func(o Code) bool { return o.ID == c.ID }) {
			return nil, reject(ErrInvalidField, "code %q is repeated, or not made of letters, digits and . _ ~ -", c.ID)
		}
		if err := c.Label.Check("code " + c.ID); err != nil {
			return nil, err
		}
	}
	return []Event{v}, nil
}

// Review records a verdict. interest is what the reviewer has declared, where declared says that there is a declaration at all. Replaces of r is set here.
func (a Artefact) Review(r ReviewRecorded, interest InterestLevel, declared bool) ([]Event, error) {
	v, err := a.version(ArtefactRef{r.Artefact, r.Version})
	if err := first(err, oneOf("review kind", r.Kind, reviewKinds), oneOf("verdict", r.Verdict, verdicts), CheckID("partner", r.Partner)); err != nil {
		return nil, err
	}
	have, again := v.reviews[r.Reviewer]
	if r.Replaces = nil; again {
		r.Replaces = have.Replaces
		if same(have, r) {
			return nil, nil
		}
		r.Replaces = &Reviewed{have.Kind, have.Verdict, have.Scores}
	}
	switch {
	case r.Reviewer == "":
		return nil, reject(ErrInvalidField, "somebody reviews")
	case r.Reviewer == v.Author:
		return nil, reject(ErrSelfReview, "nobody reviews their own work")
	case v.approved != nil:
		return nil, reject(ErrFrozen, "artefact %s version %d is approved: what is wrong with it belongs into the next version", r.Artefact, r.Version)
	case v.withdrawn != nil:
		return nil, reject(ErrFrozen, "artefact %s version %d is withdrawn", r.Artefact, r.Version)
	case r.Kind == CommitteeReview && !declared:
		return nil, reject(ErrConflictOfInterest, "%s has not declared any interest, nor that there is none", r.Reviewer)
	case r.Kind == CommitteeReview && interest == DirectInterest:
		return nil, reject(ErrConflictOfInterest, "%s has a direct interest", r.Reviewer)
	case (r.Kind == FocusGroupReview) != (r.Place != ""):
		return nil, reject(ErrInvalidField, "a focus group meets at a place, and no other review does")
	}
	if r.Place != "" {
		if err := r.Place.Check(); err != nil {
			return nil, err
		}
	}
	for _, criterion := range sortedKeys(r.Scores) {
		if n := r.Scores[criterion]; !isToken(criterion) || n < 1 || n > 5 {
			return nil, reject(ErrInvalidField, "score %q: %d; a score is 1 to 5", criterion, n)
		}
	}
	if len(r.Comment.Text) > 0 {
		if err := r.Comment.Check("comment"); err != nil {
			return nil, err
		}
	}
	return []Event{r}, nil
}

// Approve lets a version be used. Approvals of p are set here: the committee's reviewers who approve. others tells whether another approved version is
// in use in an open session.
func (a Artefact) Approve(p ArtefactApproved, in Edition, others bool) ([]Event, error) {
	v, err := a.version(ArtefactRef{p.Artefact, p.Version})
	if err != nil {
		return nil, err
	}
	p.Approvals = []string{}
	for _, reviewer := range sortedKeys(v.reviews) {
		switch r := v.reviews[reviewer]; {
		case r.Verdict == Block && v.approved == nil:
			return nil, reject(ErrQuorum, "%s blocks version %d of artefact %s", reviewer, p.Version, p.Artefact)
		case r.Verdict == Approve && r.Kind == CommitteeReview:
			p.Approvals = append(p.Approvals, reviewer)
		}
	}
	switch q := in.Protocol(); {
	case v.approved != nil && same(*v.approved, p):
		return nil, nil
	case v.approved != nil:
		return nil, reject(ErrFrozen, "artefact %s version %d is approved already", p.Artefact, p.Version)
	case v.withdrawn != nil:
		return nil, reject(ErrFrozen, "artefact %s version %d is withdrawn", p.Artefact, p.Version)
	case p.Quorum < 1 || (q != nil && p.Quorum < q.ReviewQuorum):
		return nil, reject(ErrQuorum, "a quorum of %d is below that of the protocol, or below 1", p.Quorum)
	case len(p.Approvals) < p.Quorum:
		return nil, reject(ErrQuorum, "%d members of the committee approve version %d of artefact %s, the quorum is %d", len(p.Approvals), p.Version, p.Artefact, p.Quorum)
	case others:
		return nil, reject(ErrFrozen, "another version of artefact %s is in use in an open session", p.Artefact)
	}
	return []Event{p}, nil
}

// Withdraw takes a version out of use. inUse tells whether an open session uses it; by is the artefact that replaces it, where w names another one.
func (a Artefact) Withdraw(w ArtefactWithdrawn, inUse bool, by Artefact) ([]Event, error) {
	v, err := a.version(ArtefactRef{w.Artefact, w.Version})
	switch {
	case err != nil:
		return nil, err
	case v.withdrawn != nil && same(*v.withdrawn, w):
		return nil, nil
	case v.withdrawn != nil:
		return nil, reject(ErrFrozen, "artefact %s version %d is withdrawn already", w.Artefact, w.Version)
	case w.Reason == "":
		return nil, reject(ErrInvalidField, "a withdrawal has a reason")
	case inUse:
		return nil, reject(ErrFrozen, "artefact %s version %d is in use in an open session", w.Artefact, w.Version)
	case w.ReplacedBy == ArtefactRef{w.Artefact, w.Version}:
		return nil, reject(ErrCycle, "a version does not replace itself")
	}
	if w.ReplacedBy != (ArtefactRef{}) {
		if w.ReplacedBy.ID == w.Artefact {
			by = a
		}
		if _, err := by.version(w.ReplacedBy); err != nil {
			return nil, err
		}
	}
	return []Event{w}, nil
}

// TranslationDigest is SHA-256 of the canonical form of a translation's words: what a verifier has read.
func TranslationDigest(t TranslationSubmitted) Digest {
	words := struct {
		Question *QuestionWords    `json:"question,omitempty"`
		Codes    map[string]string `json:"codes,omitempty"`
		Body     string            `json:"body,omitempty"`
	}{t.Question, t.Codes, t.Body}
	b, err := appendCanonical(nil, &words)
	if err != nil {
		return Digest{} // words without a canonical form are rejected where they are written
	}
	return sha256.Sum256(b)
}
