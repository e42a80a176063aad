package adjudicate

import (
	"reflect"
	"strings"

	"daybook.internal/domain"
)

// lean gives events that are kept a memory of their own. A decoded event has parts of its record's text, so that whoever keeps one word keeps all of it; and
// most words are the same words again. So short strings are copied once, and long ones each for itself.
type lean struct {
	words map[string]string
}

// maxWords is how many words are known at a time, and maxWord how long they are.
const (
	maxWords = 1 << 15
	maxWord  = 64
)

// event is e without anything of its record.
func (l *lean) event(e domain.Event) domain.Event {
	v := reflect.New(reflect.TypeOf(e)).Elem()
	v.Set(reflect.ValueOf(e))
	l.own(v)
	return v.Interface().(domain.Event)
}

func (l *lean) word(s string) string {
	if s == "" || len(s) > maxWord {
		return strings.Clone(s)
	}
	w, known := l.words[s]
	if !known {
		if l.words == nil || len(l.words) >= maxWords {
			l.words = make(map[string]string)
		}
		w = strings.Clone(s)
		l.words[w] = w
	}
	return w
}

// own copies what v points at.
func (l *lean) own(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(l.word(v.String()))
	case reflect.Struct:
		for i := range v.NumField() {
			l.own(v.Field(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			c := reflect.New(v.Type().Elem())
			c.Elem().Set(v.Elem())
			l.own(c.Elem())
			v.Set(c)
		}
	case reflect.Slice:
		if v.Len() == 0 {
			return
		}
		c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(c, v)
		for i := range c.Len() {
			l.own(c.Index(i))
		}
		v.Set(c)
	case reflect.Map:
		if v.Len() == 0 {
			return
		}
		c := reflect.MakeMapWithSize(v.Type(), v.Len())
		for each := v.MapRange(); each.Next(); {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			key.Set(each.Key())
			value.Set(each.Value())
			l.own(key)
			l.own(value)
			c.SetMapIndex(key, value)
		}
		v.Set(c)
	}
}
