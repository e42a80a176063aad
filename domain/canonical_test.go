package domain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// jcs is RFC 8785 for the values that the record has, written without a line of what it checks.
func jcs(data []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", err
	}
	if _, err := d.Token(); err != io.EOF {
		return "", fmt.Errorf("trailing bytes")
	}
	var b strings.Builder
	err := writeJCS(&b, v)
	return b.String(), err
}

func writeJCS(b *strings.Builder, v any) error {
	switch v := v.(type) {
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case json.Number:
		n, err := strconv.ParseFloat(v.String(), 64)
		if err != nil || n != float64(int64(n)) || n > 1<<53-1 || n < -(1<<53-1) {
			return fmt.Errorf("%s is no integer of 53 bits", v)
		}
		b.WriteString(strconv.FormatFloat(n, 'f', -1, 64))
	case string:
		writeJCSString(b, v)
	case []any:
		for i, e := range v {
			b.WriteString([]string{"[", ","}[min(i, 1)])
			if err := writeJCS(b, e); err != nil {
				return err
			}
		}
		b.WriteString(map[bool]string{true: "[]", false: "]"}[len(v) == 0])
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys) // bytes order like UTF-16, as keys are ASCII
		b.WriteByte('{')
		for i, k := range keys {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJCSString(b, k)
			b.WriteByte(':')
			if err := writeJCS(b, v[k]); err != nil {
				return err
			}
		}
		b.WriteByte('}')
	default:
		return fmt.Errorf("%T is not in the record", v)
	}
	return nil
}

func writeJCSString(b *strings.Builder, s string) {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\t': `\t`, '\n': `\n`, '\f': `\f`, '\r': `\r`}
	b.WriteByte('"')
	for _, r := range s {
		if e, ok := short[r]; ok {
			b.WriteString(e)
		} else if r < ' ' {
			fmt.Fprintf(b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}

func requireJCS(t require.TestingT, data []byte) {
	want, err := jcs(data)
	require.NoError(t, err, "%q", data)
	require.Equal(t, want, string(data))
}

func TestGoldenFilesAreJCS(t *testing.T) {
	t.Parallel()
	for _, e := range examples() {
		_, data, err := Encode(e)
		require.NoError(t, err)
		requireJCS(t, data)
	}
	for _, m := range exampleMetas() {
		data, err := EncodeMeta(m)
		require.NoError(t, err)
		requireJCS(t, data)
	}
}

// TestCutShort reads every beginning of every golden file: only the whole of it is an event.
func TestCutShort(t *testing.T) {
	t.Parallel()
	for _, e := range examples() {
		typ, data, err := Encode(e)
		require.NoError(t, err)
		for n := range data {
			_, err := Decode(typ, data[:n])
			require.ErrorAs(t, err, new(*FormatError), "%s cut at %d", typ, n)
		}
	}
}

func TestUnknownWireName(t *testing.T) {
	t.Parallel()
	for _, typ := range []string{"", "reaction-cast", "reaction-cast.v2", "Reaction-cast.v1", "reaction-cast.v1 "} {
		_, err := Decode(typ, []byte("{}"))
		var unknown *UnknownEventError
		require.ErrorAs(t, err, &unknown)
		require.Equal(t, typ, unknown.Type)
		require.ErrorContains(t, err, strconv.Quote(typ))
	}
}

// TestWhatCannotBeWritten keeps values without a canonical form out of the record: Encode fails, by a named rule, and never writes bytes
// that Decode would refuse.
func TestWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	protocol := func(r Ratio) Event { return ProtocolFrozen{Thresholds: map[string]Ratio{"x": r}} }
	events := map[string]struct {
		event Event
		rule  *Rejection
	}{
		"text that is not UTF-8":    {EditionOpened{Edition: "a\xff"}, ErrInvalidText},
		"a surrogate in UTF-8":      {EditionOpened{Edition: "\xed\xa0\x80"}, ErrInvalidText},
		"key that is not UTF-8":     {ImportRecorded{Read: map[string]int{"\xff": 1}}, ErrInvalidText},
		"key that is not ASCII":     {ImportRecorded{Read: map[string]int{"ü": 1}}, ErrInvalidText},
		"integer 2^53":              {SessionClosed{Minutes: 1 << 53}, ErrInvalidField},
		"integer -2^53":             {SessionClosed{Minutes: -1 << 53}, ErrInvalidField},
		"version 2^53":              {MilestoneReached{Evidence: []Ref{{"a", 1 << 53}}}, ErrInvalidField},
		"ratio not in lowest terms": {protocol(Ratio{2, 4}), ErrInvalidField},
		"ratio over nothing":        {protocol(Ratio{2, 0}), ErrInvalidField},
		"ratio of nothing":          {protocol(Ratio{0, 3}), ErrInvalidField},
		"negative denominator":      {protocol(Ratio{1, -3}), ErrInvalidField},
		"ratio of 53 bits":          {protocol(Ratio{1 << 53, 3}), ErrInvalidField},
		"year 10000":                {MilestoneScheduled{DueAt: 253402300800000}, ErrInvalidField},
		"year -1":                   {MilestoneScheduled{DueAt: -62167219200001}, ErrInvalidField},
	}
	for name, c := range events {
		_, _, err := Encode(c.event)
		require.ErrorIs(t, err, c.rule, name)
	}
	metas := map[string]func(*Meta){
		"no role":             func(m *Meta) { m.Actor = Actor{Principal: "a"} },
		"principal in words":  func(m *Meta) { m.Actor.Principal = `a "b"` },
		"stream with a blank": func(m *Meta) { m.Observed = Observed{{"a b", 1}} },
		"stream with an at":   func(m *Meta) { m.Observed = Observed{{"a@b", 1}} },
		"stream with quotes":  func(m *Meta) { m.Observed = Observed{{`a"b`, 1}} },
		"stream with control": func(m *Meta) { m.Observed = Observed{{"a\x01b", 1}} },
		"stream not UTF-8":    func(m *Meta) { m.Observed = Observed{{"a\xff", 1}} },
		"no stream":           func(m *Meta) { m.Observed = Observed{{"", 1}} },
		"observed 2^53":       func(m *Meta) { m.Observed = Observed{{"a", 1 << 53}} },
		"time out of range":   func(m *Meta) { m.OccurredAt = 253402300800000 },
	}
	for name, change := range metas {
		m := exampleMetas()["meta.json"]
		change(&m)
		_, err := EncodeMeta(m)
		require.ErrorIs(t, err, ErrInvalidField, name)
		require.Error(t, m.Check(), name)
	}
}

// TestEmptyIsLeftOut holds what an optional member looks like when it is empty but not nil: it looks like nothing.
func TestEmptyIsLeftOut(t *testing.T) {
	t.Parallel()
	with, without := exampleMetas()["meta.least.json"], exampleMetas()["meta.least.json"]
	with.Observed = Observed{}
	a, err := EncodeMeta(with)
	require.NoError(t, err)
	b, err := EncodeMeta(without)
	require.NoError(t, err)
	require.Equal(t, string(b), string(a))

	_, c, err := Encode(StatementModerated{Reason: LText{Text: map[Lang]string{}}})
	require.NoError(t, err)
	require.NotContains(t, string(c), `"reason"`)
}

// TestEmptyArrayIsRead: an array that is there is never nil, so that documents made from it never say null.
func TestEmptyArrayIsRead(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/events/milestone-scheduled.v1.least.json")
	require.NoError(t, err)
	i, j := bytes.IndexByte(data, '['), bytes.IndexByte(data, ']')
	e, err := Decode("milestone-scheduled.v1", slices.Concat(data[:i+1], data[j:]))
	require.NoError(t, err)
	require.NotNil(t, e.(MilestoneScheduled).Gates)
	require.Empty(t, e.(MilestoneScheduled).Gates)
}
