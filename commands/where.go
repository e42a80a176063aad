package commands

import (
	"context"
	"reflect"
	"strings"

	"daybook.internal/domain"
)

// A Setting is what a command acts on, as far as rights go: where it would write, and whom its content names.
type Setting struct {
	Edition  domain.EditionID
	Dialogue domain.DialogueID
	Table    domain.TableID
	Members  map[string][]string // the members of its content that are strings, or lists of them
}

// Of is a member of the content that is one string, empty where it is not there.
func (t Setting) Of(member string) string {
	if m := t.Members[member]; len(m) == 1 {
		return m[0]
	}
	return ""
}

// Where says what a command would act on. What its content does not name it finds in the record: the edition of a dialogue, the edition and the dialogue of what was begun before.
// It rejects a content that has not the form of the command, and one that acts on nothing that is there.
func (s *Service) Where(ctx context.Context, c Command, content []byte) (Setting, error) {
	read := reflect.New(c.content)
	if err := readContent(content, read.Interface()); err != nil {
		return Setting{}, err
	}
	at := Setting{Members: map[string][]string{}}
	refs := map[string]domain.Ref{}
	version := 0
	for _, f := range reflect.VisibleFields(c.content) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch v := read.Elem().FieldByIndex(f.Index); {
		case name == "" || f.Anonymous:
		case v.Kind() == reflect.String && v.Len() > 0:
			at.Members[name] = []string{v.String()}
		case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.String:
			for i := range v.Len() {
				at.Members[name] = append(at.Members[name], v.Index(i).String())
			}
		case name == "version" && v.CanInt():
			version = int(v.Int())
		default:
			switch member := v.Interface().(type) {
			case domain.Ref:
				refs[name] = member
			case domain.Segment:
				refs[name] = member.Source
			}
		}
	}
	at.Edition, at.Dialogue, at.Table = domain.EditionID(at.Of("edition")), domain.DialogueID(at.Of("dialogue")), domain.TableID(at.Of("table"))
	if talk := at.Of("conversation"); talk != "" {
		at.Dialogue = domain.DialogueID(talk) // it bears the dialogue's id
	}
	v := s.look(ctx)
	v.situate(&at, refs, version)
	switch {
	case v.err != nil:
		return Setting{}, v.err
	case at.Edition == "":
		return Setting{}, domain.Reject(domain.ErrUnknownRef, "what %s acts on is not there", c.Name)
	case at.Of("scope") == string(domain.GlobalScope): // a topic of all dialogues, whoever names one beside it
		at.Dialogue = ""
	}
	return at, nil
}

// situate completes a setting from the record.
func (v *sight) situate(at *Setting, refs map[string]domain.Ref, version int) {
	begun := func(stream domain.StreamID) { at.Edition, at.Dialogue = v.begun(stream) }
	segment, codes := refs["segment"]
	words, erases := refs["in"]
	switch {
	case at.Of("submission") != "" && at.Of("recommendation") == "":
		begun(domain.SubmissionStream(domain.SubmissionID(at.Of("submission"))))
	case at.Edition == "" && at.Of("recommendation") != "":
		begun(domain.RecommendationStream(domain.RecommendationID(at.Of("recommendation"))))
	case at.Edition == "" && at.Of("publication") != "":
		begun(domain.PublicationStream(domain.PublicationID(at.Of("publication"))))
	case at.Of("coding") != "":
		begun(domain.CodingStream(domain.CodingID(at.Of("coding"))))
	case codes:
		_, at.Dialogue = v.begun(segment.Stream)
	case at.Edition == "" && at.Of("artefact") != "":
		at.Edition = v.broughtBy(domain.ArtefactID(at.Of("artefact")), version)
	case erases && words.Version > 0:
		v.each(words.Stream, words.Version-1, func(f domain.Fact) bool {
			at.Edition, at.Dialogue = f.Meta.Source, f.Meta.Dialogue
			return false
		})
	case at.Dialogue != "":
		d := sees[domain.Dialogue](v, domain.DialogueStream(at.Dialogue)).Registered()
		switch {
		case d == nil:
		case at.Edition == "":
			at.Edition = d.Edition
		case at.Edition != d.Edition:
			v.refuse(domain.Reject(domain.ErrUnknownRef, "dialogue %q belongs to edition %q", at.Dialogue, d.Edition))
		}
	}
}

// EditionOf is the edition of a dialogue, empty where it is not registered.
func (s *Service) EditionOf(ctx context.Context, id domain.DialogueID) (domain.EditionID, error) {
	d, _, err := loadWith[domain.Dialogue](ctx, s, domain.DialogueStream(id))
	if err != nil || d.Registered() == nil {
		return "", err
	}
	return d.Registered().Edition, nil
}

// An Admission says whether a line may be run, and who acts: before it is run, on what the record has by then. The line's own actor is in by. A rejection is the answer to the line.
type Admission func(ctx context.Context, s *Service, c Command, by By, content []byte) (By, error)
