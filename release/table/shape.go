package table

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"daybook.internal/domain"
	"daybook.internal/projections/measures"
)

// Type is what a cell holds. The zero cell of any type is null; an empty text is null, too.
type Type int

// The types of cells.
const (
	Text    Type = iota
	Whole        // of 64 bits
	Number       // with a fraction
	Boolean      //
	Moment       // RFC 3339 with milliseconds, UTC
	Day          // YYYY-MM-DD
)

// A Column of a table.
type Column struct {
	Name     string
	Type     Type
	Required bool // never null
}

// A Table is what one kind of list in the documents of a view becomes, or the documents themselves.
type Table struct {
	Name    string
	View    string // whose documents it is made of; empty: of several views
	Version int
	About   string // one sentence for people
	Columns []Column
	Key     int    // the first columns, which name a row
	Parent  string // the table whose rows these belong to, by the columns before the last of Key; empty: none
}

// A Shape says how the documents of one Go type become rows of tables. It follows from the type alone:
//
//   - a document is a row of the table of its view; document is its key, documentPosition how many records it rests on
//   - a member with one value is a column by its JSON name; those of a structure stand as columns, outer_inner
//   - a list is a table of its own, outer_member, whose rows have the key of what they belong to and a number from 1, member_no; a list in a list counts in member_no2
//   - a map is a table likewise, whose rows have the name of the entry, member_name; that of a map in a map stands in member_name2
//   - what is not a structure in a list or a map stands in the column value
//   - a text in languages is the column of its source language and, beside it, member_lang; its translations are a table with a row for each, by member_lang
//   - what begins all documents of measures (algorithms, parameters, warnings, errors) goes into tables that all views share, with the view as their first column
type Shape struct {
	Tables []*Table // the first is that of the documents themselves
	root   *node
	words  bool     // translations are tables; else they are left out
	drop   []string // members that are left out, as outer.inner
}

// node is one member of a document, and where it goes.
type node struct {
	member  string
	what    what
	column  int // of scalars and texts: in the table of what is around them
	typ     Type
	left    []string // members of a structure that go nowhere
	members []*node  // of structures; of lists and maps the one element
	table   *Table   // of lists, maps and translations
	shared  bool     // the table is one of all views: the view is its first column
	depth   int      // of lists in lists and maps in maps: how many numbers or names there are
}

type what int

const (
	scalar what = iota
	structure
	list
	dictionary
	languages // a text in several of them
)

// NewShape gives the shape of the documents of a view. Its error is one of the Go type.
func NewShape(view string, version int, about string, doc reflect.Type, words bool, drop ...string) (*Shape, error) {
	s := &Shape{words: words, drop: drop}
	main := &Table{Name: view, View: view, Version: version, About: about, Key: 1}
	main.add("document", Text, true)
	main.add("documentPosition", Whole, true)
	s.Tables = append(s.Tables, main)
	s.root = &node{what: structure, column: -1}
	if err := s.structure(s.root, main, "", "", doc, nil); err != nil {
		return nil, fmt.Errorf("table: view %s: %w", view, err)
	}
	for _, t := range s.Tables {
		if err := t.check(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (t *Table) add(name string, typ Type, required bool) int {
	t.Columns = append(t.Columns, Column{name, typ, required})
	return len(t.Columns) - 1
}

// check finds two columns of one name.
func (t *Table) check() error {
	for i, c := range t.Columns {
		if slices.ContainsFunc(t.Columns[:i], func(o Column) bool { return strings.EqualFold(o.Name, c.Name) }) {
			return fmt.Errorf("table: table %s has two columns %s", t.Name, c.Name)
		}
	}
	return nil
}

var (
	headType = reflect.TypeFor[measures.Head]()
	textType = reflect.TypeFor[domain.LText]()
	scalars  = map[reflect.Type]Type{
		reflect.TypeFor[measures.Number](): Number, reflect.TypeFor[domain.Time](): Moment, reflect.TypeFor[domain.Date](): Day,
	}
	textual = reflect.TypeFor[encoding.TextMarshaler]()
)

// structure adds the members of a structure: columns to t, tables to s. around are the types that it stands in.
func (s *Shape) structure(n *node, t *Table, prefix, where string, of reflect.Type, around []reflect.Type) error {
	if slices.Contains(around, of) {
		return fmt.Errorf("%s holds itself", of)
	}
	around = append(around, of)
	for i := range of.NumField() {
		f := of.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || (!f.IsExported() && !f.Anonymous):
			continue
		case f.Anonymous && f.Type == headType:
			s.head(n)
			continue
		case f.Anonymous && name == "" && embedded(f.Type).Kind() == reflect.Struct:
			if err := s.structure(n, t, prefix, where, embedded(f.Type), around); err != nil {
				return err
			}
			continue
		case name == "":
			name = f.Name
		}
		at := strings.TrimPrefix(where+"."+name, ".")
		if slices.Contains(s.drop, at) {
			n.left = append(n.left, name)
			continue
		}
		child := &node{member: name}
		if err := s.member(child, t, prefix+name, at, f.Type, around); err != nil {
			return err
		}
		n.members = append(n.members, child)
	}
	return nil
}

// embedded is the structure whose members encoding/json puts among those around it.
func embedded(of reflect.Type) reflect.Type {
	if of.Kind() == reflect.Pointer {
		return of.Elem()
	}
	return of
}

// head leads what begins every document of measures to the tables that all views share.
func (s *Shape) head(n *node) {
	n.left = append(n.left, "view", "version", "key", "ledgerPosition") // they name the table, and stand in its first columns
	for _, t := range Heads() {
		member := strings.TrimPrefix(t.Name, "document_")
		child := &node{member: member, what: list, table: t, shared: true, depth: 1}
		switch member {
		case "parameters":
			child.what = dictionary
			child.members = []*node{{what: scalar, column: 3}}
		case "algorithms":
			child.members = []*node{{what: scalar, column: 3}}
		default:
			child.members = []*node{{what: structure, members: []*node{{member: "name", column: 3}, {member: "detail", column: 4}}}}
		}
		n.members = append(n.members, child)
	}
}

// Share leads it to the same tables as other views.
func (s *Shape) Share(heads []*Table) {
	for _, n := range s.root.members {
		for _, t := range heads {
			if n.shared && n.table.Name == t.Name {
				n.table = t
			}
		}
	}
}

// Shares tells whether documents have rows in the tables that all views share.
func (s *Shape) Shares() bool {
	return slices.ContainsFunc(s.root.members, func(n *node) bool { return n.shared })
}

// Heads are the tables that all views of measures share.
func Heads() []*Table {
	heads := []*Table{
		{Name: "document_algorithms", About: "the algorithms by which each document of measures was computed, as name/version"},
		{Name: "document_parameters", About: "the parameters of the protocol, as each document of measures used them"},
		{Name: "document_warnings", About: "what readers of each document of measures should know"},
		{Name: "document_errors", About: "what could not be computed in each document of measures, and why; everything else stands"},
	}
	for _, t := range heads {
		t.add("view", Text, true)
		t.add("document", Text, true)
		member := strings.TrimPrefix(t.Name, "document_")
		if t.Key = 3; member == "parameters" {
			t.add("parameters_name", Text, true)
		} else {
			t.add(member+"_no", Whole, true)
		}
		if member == "algorithms" || member == "parameters" {
			t.add("value", Text, false)
		} else {
			t.add("name", Text, true)
			t.add("detail", Text, false)
		}
	}
	return heads
}

// member adds one member by its type. path is the name of its column, or what its table adds to the name of t; where is the way to it through the document.
func (s *Shape) member(n *node, t *Table, path, where string, of reflect.Type, around []reflect.Type) error {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if of == textType {
		n.what, n.column = languages, t.add(path, Text, false)
		t.add(path+"_lang", Text, false)
		if s.words {
			n.table = s.below(t, path+"_translations", "translations: "+path)
			n.table.add(path+"_lang", Text, true)
			n.table.Key++
			n.table.add("value", Text, true)
		}
		return nil
	}
	if typ, ok := scalarOf(of); ok {
		n.what, n.typ, n.column = scalar, typ, t.add(path, typ, false)
		return nil
	}
	switch of.Kind() {
	case reflect.Struct:
		n.what = structure
		return s.structure(n, t, path+"_", where, of, around)
	case reflect.Slice, reflect.Array:
		n.what = list
		return s.element(n, where, s.nested(n, t, path, of), around)
	case reflect.Map:
		if key := of.Key(); key.Kind() != reflect.String && !key.Implements(textual) {
			return fmt.Errorf("%s has keys that are no texts", of)
		}
		n.what = dictionary
		return s.element(n, where, s.nested(n, t, path, of), around)
	}
	return fmt.Errorf("member %s: a table has no place for %s", path, of)
}

// nested begins the table of a list or dictionary, with a column of the key for each level: lists of lists share one. It returns what stands in the innermost.
func (s *Shape) nested(n *node, t *Table, path string, of reflect.Type) reflect.Type {
	kind, key, typ, about := reflect.Slice, "_no", Whole, "lists: "
	if n.what == dictionary {
		kind, key, typ, about = reflect.Map, "_name", Text, "entries: "
	}
	n.depth, n.table = 1, s.below(t, path, about+path)
	n.table.add(path+key, typ, true)
	n.table.Key++
	elem := of.Elem()
	for ; elem.Kind() == kind; elem = elem.Elem() {
		n.depth++
		n.table.add(fmt.Sprintf("%s%s%d", path, key, n.depth), typ, true)
		n.table.Key++
	}
	return elem
}

// below begins a table of what belongs to the rows of t.
func (s *Shape) below(t *Table, member, about string) *Table {
	b := &Table{Name: t.Name + "_" + member, View: t.View, Version: t.Version, About: t.Name + ", " + about, Key: t.Key, Parent: t.Name}
	for _, c := range t.Columns[:t.Key] {
		b.add(c.Name, c.Type, true)
	}
	s.Tables = append(s.Tables, b)
	return b
}

// element adds what a list or a map holds to its table.
func (s *Shape) element(n *node, where string, of reflect.Type, around []reflect.Type) error {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	child := &node{}
	n.members = []*node{child}
	if _, plain := scalarOf(of); of.Kind() == reflect.Struct && !plain && of != textType {
		child.what = structure
		return s.structure(child, n.table, "", where, of, around)
	}
	return s.member(child, n.table, "value", where, of, around)
}

// scalarOf is the type of a cell that holds a Go value whole.
func scalarOf(of reflect.Type) (Type, bool) {
	if typ, ok := scalars[of]; ok {
		return typ, true
	}
	if of.Implements(textual) || reflect.PointerTo(of).Implements(textual) {
		return Text, true
	}
	switch of.Kind() {
	case reflect.String:
		return Text, true
	case reflect.Bool:
		return Boolean, true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return Whole, true
	case reflect.Float32, reflect.Float64:
		return Number, true
	}
	return 0, false
}
