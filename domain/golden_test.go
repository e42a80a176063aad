package domain

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew from the example values")

// TestGoldenEvents holds every wire name to the bytes with which it entered the record: with every member, and with the optional ones left out.
// A file may be added. A file that changes says that old records can no longer be read.
func TestGoldenEvents(t *testing.T) {
	t.Parallel()
	files := map[string]Event{}
	full, least := examples(), examples() // sparse works in place
	for i, e := range full {
		files[TypeOf(e)+".json"] = e
		files[TypeOf(e)+".least.json"] = sparse(least[i])
	}
	checkGolden(t, "testdata/events", files, func(name string, e Event) []byte {
		typ, data, err := Encode(e)
		require.NoError(t, err, name)
		require.Equal(t, wireNameOf(name), typ)
		return data
	}, func(name string, data []byte) (Event, error) { return Decode(wireNameOf(name), data) })

	for name := range wire {
		require.Contains(t, files, name+".json", "no example of a wire name")
	}
}

// TestOlderEvents: what was written before an event gained a member is read as it was written. Files are added here and never changed.
func TestOlderEvents(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/events/older/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, path := range files {
		golden, err := os.ReadFile(path)
		require.NoError(t, err)
		name := filepath.Base(path)
		e, err := Decode(wireNameOf(name), golden)
		require.NoError(t, err, name)
		typ, data, err := Encode(e)
		require.NoError(t, err, name)
		require.Equal(t, wireNameOf(name), typ)
		require.Equal(t, string(golden), string(data), name)
	}
}

// TestGoldenExamplesAreFull keeps an example from leaving a member out: then its golden file would not show it.
func TestGoldenExamplesAreFull(t *testing.T) {
	t.Parallel()
	for _, e := range examples() {
		requireFull(t, TypeOf(e), reflect.ValueOf(e))
	}
}

func requireFull(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	require.False(t, v.IsZero(), path)
	switch v.Kind() {
	case reflect.Pointer:
		requireFull(t, path, v.Elem())
	case reflect.Slice, reflect.Map:
		require.NotZero(t, v.Len(), path)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type() == answerType || v.Type() == questionType {
				continue // a union: never all members
			}
			requireFull(t, path+"."+v.Type().Field(i).Name, v.Field(i))
		}
	}
}

func TestGoldenMeta(t *testing.T) {
	t.Parallel()
	checkGolden(t, "testdata/meta", exampleMetas(),
		func(name string, m Meta) []byte {
			require.NoError(t, m.Check(), name)
			data, err := EncodeMeta(m)
			require.NoError(t, err, name)
			return data
		}, func(_ string, data []byte) (Meta, error) { return DecodeMeta(data) })
}

// checkGolden compares values and files both ways, and the list of the files with what it should be.
func checkGolden[T any](t *testing.T, dir string, values map[string]T, encode func(string, T) []byte, decode func(string, []byte) (T, error)) {
	t.Helper()
	for _, name := range sortedKeys(values) {
		path := filepath.Join(dir, name)
		want := encode(name, values[name])
		if *update {
			require.NoError(t, os.WriteFile(path, want, 0o644))
		}
		golden, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(golden), string(want), name)
		got, err := decode(name, golden)
		require.NoError(t, err, name)
		require.Equal(t, string(golden), string(encode(name, got)), name)
	}
	have, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, f := range have {
		if f.IsDir() {
			continue
		}
		require.Contains(t, values, f.Name(), "a file without a name in %s", dir)
	}
}

var (
	answerType   = reflect.TypeFor[Answer]()
	questionType = reflect.TypeFor[Question]()
)

// wireNameOf takes what follows the version off the name of a file: ".json", ".least.json", and ".1.json" where there are several older forms.
func wireNameOf(file string) string {
	name, rest, _ := strings.Cut(file, ".")
	version, _, _ := strings.Cut(rest, ".")
	return name + "." + version
}

// sparse is e without its optional members, at every depth.
func sparse(e Event) Event {
	v := reflect.New(reflect.TypeOf(e)).Elem()
	v.Set(reflect.ValueOf(e))
	leaveOut(v)
	return v.Interface().(Event)
}

func leaveOut(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		leaveOut(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			leaveOut(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == answerType {
			return // a union: its members are not optional together
		}
		for i := range v.NumField() {
			if _, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); options == "omitempty" {
				v.Field(i).SetZero()
				continue
			}
			leaveOut(v.Field(i))
		}
	}
}
