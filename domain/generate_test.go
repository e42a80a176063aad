package domain

import (
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Random events, made by looking at their types: whatever a field can hold, it will hold.

var (
	anyText = rapid.OneOf(
		rapid.SampledFrom([]string{"", `"`, `\`, "\u0000\u0001\u001f", "\b\t\n\f\r", "\u007f\u0080", "\u2028\u2029", "<&>", "/", "🙈🏽", "é", "\ufffd\uffff\ufeff", "null", "日本語"}),
		rapid.String(),
	)
	asciiText = rapid.OneOf(rapid.SampledFrom([]string{"", `"`, `\`, "\x00", "\n", "\x7f", "a", "aa", "A"}), rapid.StringOf(rapid.RuneFrom(nil, &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0, Hi: 0x7f, Stride: 1}}})))
	tokens    = rapid.StringMatching(`[A-Za-z0-9._~-]{1,12}`)
	integers  = rapid.OneOf(rapid.SampledFrom([]int64{0, 1, -1, maxInteger, -maxInteger}), rapid.Int64Range(-maxInteger, maxInteger))
	naturals  = rapid.OneOf(rapid.SampledFrom([]int64{0, 1, maxInteger}), rapid.Int64Range(0, maxInteger))
	ratios    = rapid.Custom(func(t *rapid.T) Ratio {
		return RatioOf(integers.Draw(t, "num"), rapid.Int64Range(1, maxInteger).Draw(t, "den"))
	})
	times  = rapid.OneOf(rapid.Just(Time(0)), rapid.Map(rapid.Int64Range(-62167219200000, 253402300799999), func(ms int64) Time { return Time(ms) }))
	actors = rapid.Custom(func(t *rapid.T) Actor {
		a := Actor{Role: rapid.SampledFrom(sortedKeys(roles)).Draw(t, "role"), Principal: tokens.Draw(t, "principal")}
		if rapid.Bool().Draw(t, "has partner") {
			a.Partner = PartnerID(tokens.Draw(t, "partner"))
		}
		return a
	})
	streams = rapid.Custom(func(t *rapid.T) StreamID {
		return StreamName("f", rapid.SliceOfN(anyText, 0, 3).Draw(t, "parts")...)
	})
)

// fill gives v, which can be set, a random value of its type.
func fill(t *rapid.T, v reflect.Value, name string) {
	switch p := v.Addr().Interface().(type) {
	case *Ratio:
		*p = ratios.Draw(t, name)
		return
	case *Time:
		*p = times.Draw(t, name)
		return
	case *Actor:
		*p = actors.Draw(t, name)
		return
	case *StreamID:
		*p = streams.Draw(t, name)
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(anyText.Draw(t, name))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, name))
	case reflect.Int, reflect.Int64:
		v.SetInt(integers.Draw(t, name))
	case reflect.Uint64:
		v.SetUint(uint64(naturals.Draw(t, name)))
	case reflect.Array:
		if rapid.Bool().Draw(t, name+" is set") {
			reflect.Copy(v, reflect.ValueOf(rapid.SliceOfN(rapid.Byte(), v.Len(), v.Len()).Draw(t, name)))
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, name+" is set") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem(), name)
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(t, name+" length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i), name)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range rapid.IntRange(0, 3).Draw(t, name+" size") {
			e := reflect.New(v.Type().Elem()).Elem()
			fill(t, e, name)
			v.SetMapIndex(reflect.ValueOf(asciiText.Draw(t, name+" key")).Convert(v.Type().Key()), e)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), v.Type().Field(i).Name)
		}
	default:
		t.Fatalf("no random %v", v.Type())
	}
}

// tidy makes nil of what is empty, all the way down: the two are one on the wire.
func tidy(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			tidy(v.Elem())
		}
	case reflect.Slice:
		if v.Len() == 0 {
			v.SetZero()
		}
		for i := range v.Len() {
			tidy(v.Index(i))
		}
	case reflect.Map:
		if v.Len() == 0 {
			v.SetZero()
		}
		for _, k := range v.MapKeys() {
			e := reflect.New(v.Type().Elem()).Elem()
			e.Set(v.MapIndex(k))
			tidy(e)
			v.SetMapIndex(k, e)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			tidy(v.Field(i))
		}
	}
}

func TestEveryEventComesBack(t *testing.T) {
	t.Parallel()
	for _, example := range examples() {
		t.Run(TypeOf(example), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				v := reflect.New(reflect.TypeOf(example))
				fill(t, v.Elem(), strings.TrimSuffix(TypeOf(example), ".v1"))
				typ, data, err := Encode(v.Elem().Interface().(Event))
				require.NoError(t, err)
				requireJCS(t, data)
				got, err := Decode(typ, data)
				require.NoError(t, err, "%s", data)
				_, again, err := Encode(got)
				require.NoError(t, err)
				require.Equal(t, string(data), string(again))
				back := reflect.New(reflect.TypeOf(example))
				back.Elem().Set(reflect.ValueOf(got))
				tidy(v.Elem())
				tidy(back.Elem())
				require.Equal(t, v.Interface(), back.Interface())
			})
		})
	}
}

func TestEveryMetaComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var m Meta
		fill(t, reflect.ValueOf(&m).Elem(), "meta")
		data, err := EncodeMeta(m)
		require.NoError(t, err)
		requireJCS(t, data)
		got, err := DecodeMeta(data)
		require.NoError(t, err, "%s", data)
		tidy(reflect.ValueOf(&m).Elem())
		tidy(reflect.ValueOf(&got).Elem())
		require.Equal(t, m, got)
	})
}
