package table

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"daybook.internal/domain"
)

// A Row has a cell for each column: nil, string, int64, json.Number (of a Number, its digits as they are published), or bool.
type Row []any

// Rows gives the rows of one document, as emit takes them: those of a table in the order of the document. data is the JSON of the document, at how many records it
// rests on.
func (s *Shape) Rows(key string, at uint64, data []byte, emit func(*Table, Row) error) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var doc map[string]any
	if err := d.Decode(&doc); err != nil {
		return fmt.Errorf("table: %s %s: %w", s.Tables[0].Name, key, err)
	}
	return s.Object(key, at, doc, emit)
}

// Object is rows of a document as encoding/json decodes it, with numbers as json.Number or int64.
func (s *Shape) Object(key string, at uint64, doc map[string]any, emit func(*Table, Row) error) error {
	w := walk{s, key, emit}
	row := s.Tables[0].row(Row{key})
	row[1] = int64(at)
	if err := w.whole(s.root, s.Tables[0], row, doc); err != nil {
		return fmt.Errorf("table: %s %s: %w", s.Tables[0].Name, key, err)
	}
	return nil
}

// row begins a row by its first cells.
func (t *Table) row(first Row) Row {
	row := make(Row, len(t.Columns))
	copy(row, first)
	return row
}

type walk struct {
	*Shape
	key  string
	emit func(*Table, Row) error
}

// pending is a list or a map whose rows come after the row that it belongs to.
type pending struct {
	n *node
	v any
}

// whole fills a row from what it is about, emits it, and then everything that belongs to it.
func (w *walk) whole(n *node, t *Table, row Row, v any) error {
	var later []pending
	if err := w.fill(n, row, v, &later); err != nil {
		return err
	}
	if err := w.emit(t, row); err != nil {
		return err
	}
	for _, p := range later {
		if err := w.below(p.n, row[:t.Key], p.v); err != nil {
			return err
		}
	}
	return nil
}

// fill puts the cells of one member in their places.
func (w *walk) fill(n *node, row Row, v any, later *[]pending) (err error) {
	if v == nil {
		return nil
	}
	switch n.what {
	case scalar:
		row[n.column], err = cell(n.typ, v)
		return err
	case structure:
		members, ok := v.(map[string]any)
		if !ok {
			return fmt.Errorf("member %s is no object", n.member)
		}
		known := 0
		for _, m := range n.members {
			v, ok := members[m.member]
			if ok {
				known++
			}
			if err := w.fill(m, row, v, later); err != nil {
				return err
			}
		}
		for _, name := range n.left {
			if _, ok := members[name]; ok {
				known++
			}
		}
		if known != len(members) {
			return fmt.Errorf("member %q has members that no table has a place for", n.member)
		}
	case languages:
		t, source, texts, err := words(v)
		if err != nil {
			return err
		}
		if t != "" {
			row[n.column], row[n.column+1] = t, source
		}
		if n.table != nil && len(texts) > 0 {
			*later = append(*later, pending{n, texts})
		}
	default:
		*later = append(*later, pending{n, v})
	}
	return nil
}

// words takes a text in languages apart: the words in its source language, that language, and all others.
func words(v any) (text, source string, others map[string]any, err error) {
	members, ok := v.(map[string]any)
	if !ok {
		return "", "", nil, fmt.Errorf("a text in languages is no object")
	}
	source, _ = members["source"].(string)
	all, _ := members["text"].(map[string]any)
	text, _ = all[source].(string)
	others = map[string]any{}
	for lang, words := range all {
		if lang != source {
			others[lang] = words
		}
	}
	return text, source, others, nil
}

// below emits the rows of a list, a map or translations. of is the key of what they belong to.
func (w *walk) below(n *node, of Row, v any) error {
	if n.shared {
		of = Row{w.Tables[0].Name, w.key}
	}
	if n.what == list {
		return w.list(n, of, n.depth, v)
	}
	return w.entries(n, of, max(n.depth, 1), v)
}

// entries emits those of a map, by name.
func (w *walk) entries(n *node, of Row, depth int, v any) error {
	entries, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("member %s is no object", n.member)
	}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		at := append(slices.Clip(of), name)
		var err error
		switch {
		case n.what == languages:
			err = w.emit(n.table, append(at, entries[name]))
		case depth > 1 && entries[name] == nil:
		case depth > 1:
			err = w.entries(n, at, depth-1, entries[name])
		default:
			err = w.whole(n.members[0], n.table, n.table.row(at), entries[name])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) list(n *node, of Row, depth int, v any) error {
	items, ok := v.([]any)
	if !ok {
		return fmt.Errorf("member %s is no list", n.member)
	}
	for i, item := range items {
		at := append(slices.Clip(of), int64(i+1))
		var err error
		switch {
		case depth > 1 && item == nil:
		case depth > 1:
			err = w.list(n, at, depth-1, item)
		default:
			err = w.whole(n.members[0], n.table, n.table.row(at), item)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cell is a value of JSON as a cell.
func cell(t Type, v any) (any, error) {
	switch v := v.(type) {
	case string:
		if v == "" {
			return nil, nil
		}
		var at domain.Time
		switch t {
		case Text:
			return v, nil
		case Moment:
			return v, at.UnmarshalText([]byte(v))
		case Day:
			return v, domain.Date(v).Check()
		}
	case bool:
		if t == Boolean {
			return v, nil
		}
	case int64:
		if t == Whole {
			return v, nil
		}
	case json.Number:
		switch t {
		case Whole:
			n, err := v.Int64()
			return n, err
		case Number:
			return v, nil
		}
	}
	return nil, fmt.Errorf("%v (%T) is no value of its column", v, v)
}
