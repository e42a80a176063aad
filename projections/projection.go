// Package projections folds facts into view documents. It is pure: the same facts in the same order give the same bytes, in whatever batches
// they come, on every machine.
//
// A view is two functions: keys says which documents a fact touches, evolve what becomes of one of them. The server and an auditor call
// the same Fold.
package projections

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"

	"daybook.internal/domain"
)

// A Ref names one document of one view.
type Ref struct{ View, Key string }

func (r Ref) String() string { return r.View + " " + r.Key }

// A Document is the state of one Ref: its JSON, and the number of records up to and with the last one that touched it.
type Document struct {
	At   uint64
	Data []byte
}

// A Fact is a domain fact put in its place.
type Fact struct {
	domain.Fact
	Place Frame // of the dialogue that the fact belongs to; zero for facts of the edition as a whole
}

// A View is one kind of document and the fold that makes it. Documents of different versions are different documents.
type View struct {
	Name    string
	Version int
	About   string // one sentence for people: what a document holds and what its key is
	Public  bool   // its documents are made for everybody: they count nobody's answers, profile or seat

	doc   reflect.Type
	kinds []reflect.Type // of the events that it looks at; none: of every kind
	keys  func(f *Fact, to []string) []string
	open  func(key string, data []byte) (folded, error)
}

// Doc is the Go type of the documents.
func (v View) Doc() reflect.Type { return v.doc }

// on are the kinds of some events.
func on(events ...domain.Event) []reflect.Type {
	kinds := make([]reflect.Type, len(events))
	for i, e := range events {
		kinds[i] = reflect.TypeOf(e)
	}
	return kinds
}

// byDialogue are the keys of a view with one document for each dialogue.
func byDialogue(f *Fact, to []string) []string { return append(to, string(f.Meta.Dialogue)) }

// byEdition are the keys of a view with one document for each edition.
func byEdition(f *Fact, to []string) []string { return append(to, string(f.Meta.Source)) }

// folded is a document while facts are folded into it.
type folded interface {
	evolve(f *Fact)
	encode() ([]byte, error)
}

// Of makes a View of documents of type D. It is asked about events of the given kinds, or where none are given, of every kind. keys appends the keys of the
// documents that f touches, each once. evolve changes the document of one of these keys, and owns it: its zero value is the document before the first
// fact, and all that it remembers stands in its JSON.
func Of[D any](name string, version int, about string, kinds []reflect.Type, keys func(f *Fact, to []string) []string, evolve func(d *D, key string, f *Fact)) View {
	return View{Name: name, Version: version, About: about, doc: reflect.TypeFor[D](), kinds: kinds, keys: keys, open: func(key string, data []byte) (folded, error) {
		h := &held[D]{key: key, fold: evolve}
		if data == nil {
			return h, nil
		}
		if err := strictJSON(data, &h.doc); err != nil {
			return nil, fmt.Errorf("document %s of view %s version %d: %w", key, name, version, err)
		}
		return h, nil
	}}
}

type held[D any] struct {
	key  string
	doc  D
	fold func(*D, string, *Fact)
}

func (h *held[D]) evolve(f *Fact) { h.fold(&h.doc, h.key, f) }

func (h *held[D]) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(&h.doc); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func strictJSON(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more follows after the document")
	}
	return nil
}

// public marks a view that is made for everybody.
func public(v View) View {
	v.Public = true
	return v
}

// All is every view there is, in a fixed order.
func All() []View {
	return []View{
		Accountability, Answers, Artefact, Coding, Conversation, Country, Dialogue, Edition, Global, Lineage, Partner, Publication, Recommendation, Recruitment, Room, Statement,
		Submission, Synthesis, Tally,
	}
}

// ByName finds a view in All.
func ByName(name string) (View, bool) {
	for _, v := range All() {
		if v.Name == name {
			return v, true
		}
	}
	return View{}, false
}
