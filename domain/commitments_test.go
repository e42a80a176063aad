package domain

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every field that can hold a commitment is listed, for every event there is: what Commitments forgets, no auditor looks at.
func TestCommitments(t *testing.T) {
	t.Parallel()
	bearing := 0
	for _, e := range append(examples(), but(example[BallotCast](), func(b *BallotCast) {
		b.Answer, b.Replaces = Answer{Text: Commitment(exampleDigest(33))}, &Answer{Text: Commitment(exampleDigest(34))}
	})) {
		want := map[string]Commitment{}
		collectCommitments(reflect.ValueOf(e), "", want)
		require.Equal(t, want, maps.Collect(Commitments(e)), TypeOf(e))
		for field, c := range want {
			bearing++
			require.Equal(t, c, CommitmentIn(e, field))
		}
		require.Zero(t, CommitmentIn(e, "nothing"))
		for range Commitments(e) { // one is enough for who asks for one
			break
		}
		require.Empty(t, maps.Collect(Commitments(sparseOf(e))), "%s: what was not told has no commitment", TypeOf(e))
	}
	require.Greater(t, bearing, 6)
}

// collectCommitments finds values of the type by reflection, under the names of their members; an item of a worksheet goes by its name.
func collectCommitments(v reflect.Value, path string, into map[string]Commitment) {
	switch {
	case v.Type() == reflect.TypeFor[Commitment]():
		if c := v.Interface().(Commitment); c != (Commitment{}) {
			into[path] = c
		}
	case v.Kind() == reflect.Pointer && !v.IsNil():
		collectCommitments(v.Elem(), path, into)
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			at := path
			if item, ok := v.Index(i).Interface().(OutputItem); ok {
				at += "." + item.Item
			}
			collectCommitments(v.Index(i), at, into)
		}
	case v.Kind() == reflect.Map:
		for _, k := range v.MapKeys() {
			collectCommitments(v.MapIndex(k), path+"."+k.String(), into)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "replaces" || !f.IsExported() { // what an earlier event committed to
				continue
			}
			collectCommitments(v.Field(i), strings.TrimPrefix(path+"."+name, "."), into)
		}
	}
}

// sparseOf is e without any commitment.
func sparseOf(e Event) Event {
	switch e := e.(type) {
	case StatementPosted:
		e.Text = Commitment{}
		return e
	case TableOutputRecorded:
		e.Items = nil
		return e
	case BallotCast:
		e.Answer = Answer{}
		return e
	}
	return sparse(e)
}

func TestErased(t *testing.T) {
	t.Parallel()
	var x Erased
	event := NewEventID("c", "participant-pa_07", 0)
	stream := ParticipantStream("pa_07")
	require.False(t, x.Declares(stream, event, "strata"))
	for _, e := range examples() {
		x.See(e)
	}
	require.True(t, x.Declares(stream, event, "strata"))
	require.True(t, x.Declares(stream, event, "accessNeeds"))
	require.False(t, x.Declares(stream, event, "name"))
	require.False(t, x.Declares(ParticipantStream("pa_08"), event, "strata"))

	words := example[WordsErased]()
	require.True(t, x.Declares(words.In.Stream, words.Event, "text"))
	require.False(t, x.Declares(words.In.Stream, words.Event, "reason"))
	require.False(t, x.Declares(words.In.Stream, event, "text"))
}

// The fields of a registration can be erased, in the order in which they stand in the event.
func TestErasable(t *testing.T) {
	t.Parallel()
	p := Fold(ParticipantState{}, example[ParticipantRegistered]())
	require.Equal(t, []string{"accessNeeds", "contact", "name", "strata"}, p.Erasable())
	require.True(t, slices.IsSorted(p.Erasable()))
	require.Empty(t, ParticipantState{}.Erasable())
}
