// Package measures computes what people read from the record: results with their intervals, estimates, change, divergence, opinion groups, indicators. It is
// pure. A State is folded from the same facts as the views; a View of measures is a function of it and of the parameters that the protocol froze, so
// that two people with the record get the same digits.
//
// Views of projections are exact and grow with every fact. A measure has no state: it is computed when somebody asks, from the State at one position
// of the ledger, and kept until one of its inputs moves.
package measures

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"daybook.internal/projections"
	"daybook.internal/projections/stats"
)

// ErrNoDocument says that a view has no document of a key.
var ErrNoDocument = errors.New("there is no such document")

// Version is that of all documents of this package together: it is raised with every change of a formula or a form.
const Version = 4

// A View is one kind of measure.
type View struct {
	Name    string
	Version int
	About   string // one sentence for people: what a document holds and what its key is
	Heavy   bool   // its documents may take seconds
	Public  bool   // its documents are made for everybody: small cells are hidden in them

	doc     reflect.Type
	keys    func(in *Inputs) []string
	compute func(in *Inputs, key string) (headed, error)
}

// Doc is the Go type of the documents: a struct that begins with a Head.
func (v View) Doc() reflect.Type { return v.doc }

// headed is a document: it begins with a Head.
type headed interface{ head() *Head }

// Head begins every document of a measure.
type Head struct {
	View           string            `json:"view"`
	Version        int               `json:"version"`
	Key            string            `json:"key"`
	LedgerPosition uint64            `json:"ledgerPosition"` // records up to and with the last one that any input of the document rests on
	Algorithms     []stats.Algorithm `json:"algorithms"`     // name/version, each once, in order
	Parameters     map[string]string `json:"parameters"`     // of the protocol, as they were used
	Warnings       []Note            `json:"warnings"`
	Errors         []Note            `json:"errors"` // what could not be computed, and why; everything else stands
}

// Note is a warning or an error of a document: a name for programs, and words for people.
type Note struct {
	Name   string `json:"name"`
	Detail string `json:"detail"`
}

func (h *Head) head() *Head { return h }

// by names an algorithm that the document was computed by.
func (h *Head) by(algorithms ...stats.Algorithm) {
	for _, a := range algorithms {
		if i, found := slices.BinarySearch(h.Algorithms, a); !found {
			h.Algorithms = slices.Insert(h.Algorithms, i, a)
		}
	}
}

// with names a parameter.
func (h *Head) with(name string, value any) { h.Parameters[name] = fmt.Sprint(value) }

// warn adds a warning, once.
func (h *Head) warn(name, format string, args ...any) {
	h.Warnings = noted(h.Warnings, Note{name, fmt.Sprintf(format, args...)})
}

// fail adds an error, once: what could not be computed, and why. What it speaks of is absent from the document, and the rest of it stands.
func (h *Head) fail(what string, err error) {
	name := string(stats.NameOf(err))
	if name == "" {
		name = "not computed"
	}
	h.Errors = noted(h.Errors, Note{name, what + ": " + err.Error()})
}

func noted(notes []Note, n Note) []Note {
	if slices.Contains(notes, n) {
		return notes
	}
	return append(notes, n)
}

// of makes a View of documents of type D, which embeds Head. keys are those of all documents, in order. compute fills the document of one of these keys;
// ErrNoDocument says that there is none; another error is one of the computation as a whole, such as that of a tick.
func of[D any, P interface {
	*D
	headed
}](v View, keys func(in *Inputs) []string, compute func(in *Inputs, key string, d P) error) View {
	v.doc, v.keys = reflect.TypeFor[D](), keys
	v.compute = func(in *Inputs, key string) (headed, error) {
		d := P(new(D))
		*d.head() = Head{View: v.Name, Version: v.Version, Key: key, Algorithms: []stats.Algorithm{}, Parameters: map[string]string{}, Warnings: []Note{}, Errors: []Note{}}
		if err := compute(in, key, d); err != nil {
			return nil, err
		}
		d.head().LedgerPosition = in.at()
		return d, nil
	}
	return v
}

// Keys are those of the documents of a view, in order.
func (v View) Keys(s *State) []string { return v.keys(&Inputs{s: s}) }

// A Job is a document that is being computed. Begin has read everything that it needs; Finish may run while the State moves on.
type Job struct {
	view View
	key  string
	doc  headed
	in   *Inputs
}

// Begin computes the document of a key, up to what takes seconds. ErrNoDocument says that there is none.
func (v View) Begin(s *State, key string) (*Job, error) {
	in := &Inputs{s: s}
	d, err := v.compute(in, key)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", v.Name, key, err)
	}
	d.head().LedgerPosition = in.at()
	return &Job{v, key, d, in}, nil
}

// Finish does what takes seconds, where there is any, and gives the document. Its At is the number of records up to and with the last one that any of its
// inputs rests on: before it the inputs were others. tick is told how far the work is, and ends it by an error; it may be nil.
// It is called once: then the job lets go of everything but what tells whether it is Fresh.
func (j *Job) Finish(tick Tick) (projections.Document, error) {
	doc, later := j.doc, j.in.later
	j.doc, j.in.later = nil, nil
	if tick == nil {
		tick = func(int, int) error { return nil }
	}
	if later != nil {
		if err := later(tick); err != nil {
			return projections.Document{}, fmt.Errorf("%s %s: %w", j.view.Name, j.key, err)
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		return projections.Document{}, fmt.Errorf("%s %s: %w", j.view.Name, j.key, err)
	}
	return projections.Document{At: doc.head().LedgerPosition, Data: bytes.TrimSuffix(b.Bytes(), []byte("\n"))}, nil
}

// Fresh tells whether the document of the job is still that of its State: nothing has moved of what Begin read.
func (j *Job) Fresh() bool { return j.in.Fresh() }

// At is the number of records up to and with the last one that anything rests on that Begin read.
func (j *Job) At() uint64 { return j.in.at() }

// Leave lets go of everything but what tells whether the job is Fresh, for those who want to know that and no document.
func (j *Job) Leave() { j.doc, j.in.later = nil, nil }

// Compute is Begin and Finish.
func (v View) Compute(s *State, key string, tick Tick) (projections.Document, error) {
	j, err := v.Begin(s, key)
	if err != nil {
		return projections.Document{}, err
	}
	return j.Finish(tick)
}

// All is every view of measures, in the order of their names.
func All() []View {
	return []View{
		AllocationResult,
		Board,
		Breadth,
		Card,
		Change,
		Changes,
		Codes,
		Consent,
		Crosstab,
		Descent,
		Divergence,
		GlobalEstimate,
		Funnel,
		Groups,
		Indicators,
		Instrument,
		Integrity,
		Manifest,
		RankingResult,
		Readiness,
		Reason,
		Reconciliation,
		Representativeness,
		Responses,
		Result,
		Seating,
		Statements,
		Uptake,
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
