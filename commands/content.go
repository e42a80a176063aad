package commands

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"daybook.internal/domain"
)

// readContent reads what a person or a program sent: any valid JSON of the right form, but no member that is not known, and none twice.
func readContent(content []byte, into any) error {
	return readStrictly(content, into, "the content", "the content does not have the form of this command")
}

// whatIsWrong tells an error of encoding/json in the words of whoever sent the text: of members and what was sent for them, not of the types of this program.
func whatIsWrong(err error) string {
	var other *json.UnmarshalTypeError
	switch {
	case errors.As(err, &other):
		sent, _, _ := strings.Cut(other.Value, " ") // the kind; a number stands behind it
		if other.Field == "" {
			return "it is of another type than " + sent
		}
		return fmt.Sprintf("member %s is of another type than %s", other.Field, sent)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// readStrictly reads JSON. encoding/json takes members in other cases for those that it knows, and the last of those that stand twice for the
// one that was meant; two readers of one line could then come to two commands.
func readStrictly(text []byte, into any, what, wrong string) error {
	if !utf8.Valid(text) {
		return domain.Reject(domain.ErrInvalidText, "%s is not UTF-8", what)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return domain.Reject(domain.ErrInvalidField, "%s: %s", wrong, whatIsWrong(err))
	}
	if _, err := d.Token(); err != io.EOF {
		return domain.Reject(domain.ErrInvalidField, "%s goes on behind its end", what)
	}
	w := walker{text: text}
	return w.value(reflect.TypeOf(into).Elem())
}

// walker goes through text that is valid JSON.
type walker struct {
	text []byte
	at   int
}

// value walks one value that was read into t; a nil t is anything.
func (w *walker) value(t reflect.Type) error {
	switch w.space() {
	case '{':
		return w.object(t)
	case '[':
		return w.array(t)
	case '"':
		w.string()
	default:
		for w.at < len(w.text) && !strings.ContainsRune(" \t\r\n,]}", rune(w.text[w.at])) {
			w.at++
		}
	}
	return nil
}

// object says no to a member that stands twice, and to one that is not spelled as it should be.
func (w *walker) object(t reflect.Type) error {
	t, f := formBehind(t)
	var of reflect.Type // what each member is, where the form does not say it of one alone
	if f.kind == keyed {
		of = t.Elem()
	}
	members, others := make([]bool, len(f.members)), map[string]bool(nil)
	for w.at++; w.space() != '}'; {
		if w.text[w.at] == ',' {
			w.at++
			w.space()
		}
		name := w.string()
		i, has := f.index[string(name)]
		switch {
		case has && members[i], !has && others[string(name)]:
			return domain.Reject(domain.ErrInvalidField, "member %.40q stands twice", name)
		case has:
			members[i], of = true, f.members[i].typ
		case f.kind == known:
			return domain.Reject(domain.ErrInvalidField, "member %.40q is not known%s", name, f.like(string(name)))
		default:
			if others == nil {
				others = map[string]bool{}
			}
			others[string(name)] = true
		}
		w.space()
		w.at++ // the colon
		if has && w.space() == '-' && counts(f.members[i]) {
			return domain.Reject(domain.ErrInvalidField, "member %s is not below 0", name)
		}
		if err := w.value(of); err != nil {
			return err
		}
	}
	w.at++
	return nil
}

func (w *walker) array(t reflect.Type) error {
	var of reflect.Type
	if t, f := formBehind(t); f.kind == list {
		of = t.Elem()
	}
	for w.at++; w.space() != ']'; {
		if w.text[w.at] == ',' {
			w.at++
		}
		if err := w.value(of); err != nil {
			return err
		}
	}
	w.at++
	return nil
}

// string walks a string and gives it without its escapes.
func (w *walker) string() []byte {
	begin, escaped := w.at, false
	for w.at++; w.text[w.at] != '"'; w.at++ {
		if w.text[w.at] == '\\' {
			w.at++
			escaped = true
		}
	}
	w.at++
	if !escaped {
		return w.text[begin+1 : w.at-1]
	}
	var s string
	_ = json.Unmarshal(w.text[begin:w.at], &s) // valid, as all of the text
	return []byte(s)
}

// space walks white space and gives what follows.
func (w *walker) space() byte {
	for w.text[w.at] == ' ' || w.text[w.at] == '\t' || w.text[w.at] == '\r' || w.text[w.at] == '\n' {
		w.at++
	}
	return w.text[w.at]
}

var untold = &form{kind: anything}

// formBehind is the form of what t leads to; a nil t is anything.
func formBehind(t reflect.Type) (reflect.Type, *form) {
	if t == nil {
		return nil, untold
	}
	t = pointee(t)
	return t, formOf(t)
}

// like tells how a name is spelled that was sent in other letters.
func (f *form) like(name string) string {
	for _, m := range f.members {
		if strings.EqualFold(m.name, name) {
			return "; it is spelled " + m.name
		}
	}
	return ""
}
