package domain

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestCheckID(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"a", "dl_01JPC2V1Q7", "15-per-hour-seattle", "Ökologie", "two words", "日本語", "a%2Fb", "🙈", `"`, "a:b@c", strings.Repeat("x", MaxID)} {
		require.NoError(t, CheckID("id", DialogueID(id)), "%q", id)
	}
	for name, id := range map[string]string{
		"empty":              "",
		"too long":           strings.Repeat("x", MaxID+1),
		"too long in bytes":  strings.Repeat("é", MaxID/2) + "x",
		"not UTF-8":          "a\xff",
		"slash":              "a/b",
		"blank before":       " a",
		"blank after":        "a ",
		"blank alone":        " ",
		"line end":           "a\nb",
		"line end after":     "a\n",
		"NUL":                "a\x00b",
		"DEL":                "a\x7fb",
		"no-break space":     "a\u00a0b",
		"ideographic space":  "a\u3000b",
		"line separator":     "a\u2028b",
		"zero-width space":   "a\u200bb",
		"right-to-left mark": "a\u202eb",
		"byte order mark":    "\ufeffa",
		"private use":        "a\ue000b",
	} {
		require.ErrorIs(t, CheckID("id", DialogueID(id)), ErrInvalidID, name)
	}
}

func TestStreamName(t *testing.T) {
	t.Parallel()
	for want, got := range map[StreamID]StreamID{
		"edition-ed_2026":                 EditionStream("ed_2026"),
		"dialogue-dl_KE":                  DialogueStream("dl_KE"),
		"artefact-ar_1":                   ArtefactStream("ar_1"),
		"participant-pa_1":                ParticipantStream("pa_1"),
		"ballot-dl_KE/q7":                 BallotStream("dl_KE", "q7"),
		"reactions-dl_KE/q7":              ReactionsStream("dl_KE", "q7"),
		"statement-a%20b/%C3%BC%25%2F%40": StatementStream("a b", "ü%/@"),
		"recommendation-rc.1~x":           RecommendationStream("rc.1~x"),
		"import-0f":                       ImportStream("0f"),
		"f":                               StreamName("f"),
		"f-":                              StreamName("f", ""),
		"f-/":                             StreamName("f", "", ""),
	} {
		require.Equal(t, want, got)
	}
}

// TestStreamNamesDiffer draws parts from few letters, so that near misses are common.
func TestStreamNamesDiffer(t *testing.T) {
	t.Parallel()
	part := rapid.OneOf(rapid.StringOf(rapid.SampledFrom([]rune{'a', '/', '-', '%', '2', 'F', ' ', '@'})), anyText)
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SliceOfN(part, 0, 3).Draw(t, "a")
		b := rapid.SliceOfN(part, 0, 3).Draw(t, "b")
		x, y := StreamName("f", a...), StreamName("f", b...)
		require.Equal(t, strings.Join(a, "\x00") == strings.Join(b, "\x00") && len(a) == len(b), x == y, "%q %q", a, b)
		require.NotContains(t, string(x), "@")
		require.True(t, isStreamName(string(x)), "%q", x)
		require.True(t, isASCII(string(x)))
	})
}

// TestEventIDVector was computed apart from this code:
//
//	printf 'daybook-event/v1\0cmd-1\0dialogue-dl_KE\0\0\0\0\0\0\0\0\2' | sha256sum
func TestEventIDVector(t *testing.T) {
	t.Parallel()
	const sum = "c8c2058760aab8b2dd07b3a519df63c5"
	id := NewEventID("cmd-1", DialogueStream("dl_KE"), 2)
	require.Equal(t, "c8c20587-60aa-88b2-9d07-b3a519df63c5", id.String())
	require.Equal(t, sum[:12], strings.ReplaceAll(id.String(), "-", "")[:12])
	require.NotEqual(t, id, NewEventID("cmd-1", DialogueStream("dl_KE"), 3))
	require.NotEqual(t, id, NewEventID("cmd-2", DialogueStream("dl_KE"), 2))
	require.NotEqual(t, id, NewEventID("cmd-1", DialogueStream("dl_KF"), 2))
}

func TestEventIDsDiffer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (string, StreamID, int) {
			return rapid.StringOfN(rapid.SampledFrom([]rune{'a', 0}), 0, 4, -1).Draw(t, name), streams.Draw(t, name), rapid.IntRange(0, 3).Draw(t, name)
		}
		c1, s1, n1 := draw("one")
		c2, s2, n2 := draw("other")
		one, other := NewEventID(c1, s1, n1), NewEventID(c2, s2, n2)
		require.Equal(t, c1 == c2 && s1 == s2 && n1 == n2, one == other)
		require.Equal(t, byte(0x80), one[6]&0xf0, "version 8")
		require.Equal(t, byte(0x80), one[8]&0xc0, "variant 10")
	})
}

// A name is told without making it.
func TestStreamIs(t *testing.T) {
	t.Parallel()
	part := rapid.StringOf(rapid.SampledFrom([]rune("a-/%2F.é@ ")))
	rapid.Check(t, func(t *rapid.T) {
		family, parts := rapid.SampledFrom([]string{"a", "ab", "a-"}).Draw(t, "family"), rapid.SliceOfN(part, 0, 3).Draw(t, "parts")
		name := StreamName(family, parts...)
		require.True(t, name.Is(family, parts...), "%s is of %q", name, parts)
		other, others := rapid.SampledFrom([]string{"a", "ab", "a-"}).Draw(t, "other family"), rapid.SliceOfN(part, 0, 3).Draw(t, "other parts")
		require.Equal(t, name == StreamName(other, others...), name.Is(other, others...), "%s is of %s and %q", name, other, others)
	})
	require.True(t, BallotStream("dl/1", "p").Is("ballot", "dl/1", "p"))
	require.False(t, BallotStream("dl/1", "p").Is("ballot", "dl", "1/p"))
	require.False(t, BallotStream("dl", "pq").Is("ballot", "dl", "p"))
}

func TestEventIDText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := EventID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		text, err := id.MarshalText()
		require.NoError(t, err)
		require.Equal(t, id.String(), string(text))
		require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`, string(text))
		var back EventID
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, id, back)
	})
	good := NewEventID("c", "s", 0).String()
	for _, text := range []string{"", "-", good[1:], good + "0", good + "-", strings.ToUpper(good), strings.ReplaceAll(good, "-", ""), "{" + good + "}", "urn:uuid:" + good, strings.Replace(good, "-", "_", 1), good[:8], good[:9]} {
		have := EventID{1}
		require.Error(t, have.UnmarshalText([]byte(text)), text)
		require.Equal(t, EventID{1}, have, "a failure leaves the id as it was")
	}
}

func TestRefText(t *testing.T) {
	t.Parallel()
	require.Equal(t, "dialogue-dl_KE@14", Ref{DialogueStream("dl_KE"), 14}.String())
	b, err := json.Marshal(Ref{"f", 2})
	require.NoError(t, err)
	require.JSONEq(t, `{"stream":"f","version":2}`, string(b))
}

func TestParseActor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := actors.Draw(t, "actor")
		got, err := ParseActor(a.String())
		require.NoError(t, err)
		require.Equal(t, a, got)
	})
	for _, s := range []string{"", "auditor", "auditor:", ":a", "auditor:a@", "auditor:@b", "auditor:a@b@c", "Auditor:a", "auditor: a", "auditor:a b", "auditor:ä", "auditor:" + strings.Repeat("a", MaxID+1)} {
		_, err := ParseActor(s)
		require.ErrorIs(t, err, ErrInvalidField, "%q", s)
	}
}

func TestMetaCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*Meta)
		rule   *Rejection
	}{
		"no edition":           {func(m *Meta) { m.Source = "" }, ErrInvalidID},
		"dialogue with slash":  {func(m *Meta) { m.Dialogue = "a/b" }, ErrInvalidID},
		"no command":           {func(m *Meta) { m.Command = "" }, ErrInvalidField},
		"long command":         {func(m *Meta) { m.Command = strings.Repeat("c", MaxCommandID+1) }, ErrInvalidField},
		"no time":              {func(m *Meta) { m.Time = 0 }, ErrInvalidField},
		"no actor":             {func(m *Meta) { m.Actor = Actor{} }, ErrInvalidField},
		"unknown role":         {func(m *Meta) { m.Actor.Role = "king" }, ErrInvalidField},
		"partner with a blank": {func(m *Meta) { m.Actor.Partner = "a b" }, ErrInvalidField},
	} {
		m := exampleMetas()["meta.json"]
		require.NoError(t, m.Check())
		c.change(&m)
		require.ErrorIs(t, m.Check(), c.rule, name)
	}
}
