package domain

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What is read by name is what reflection reads, and nothing else is.
func TestQuickReadsTheSame(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(1, 2))
	both := func(of reflect.Type, text []byte) error {
		slow, fast := reflect.New(of), reflect.New(of)
		r := reader{text: text}
		err := structCodec(of).read(&r, slow.Elem())
		if err == nil && r.at != len(text) {
			err = r.fail("more follows")
		}
		quickly := readCanonical(new(interner), text, fast.Elem())
		require.Equal(t, err == nil, quickly == nil, "%s: %v, %v", text, err, quickly)
		if err != nil {
			require.ErrorAs(t, quickly, new(*FormatError))
			return err
		}
		require.Equal(t, slow.Interface(), fast.Interface(), "%s", text)
		return nil
	}
	var seeds []reflect.Value
	for _, e := range examples() {
		switch e.(type) {
		case BallotCast, ReactionCast:
			seeds = append(seeds, reflect.ValueOf(e), reflect.ValueOf(sparse(e)))
		}
	}
	for _, m := range exampleMetas() {
		seeds = append(seeds, reflect.ValueOf(m))
	}
	for _, a := range []Answer{{}, {Option: "a"}, {Options: []OptionID{"a", "b"}}, {Point: 3}, {Ranking: [][]OptionID{{"a"}, {"b", "c"}}}, {Allocation: map[OptionID]int{"a": 1}},
		{Text: Commitment{1}}, {Endorsement: "support"}, {NonResponse: Blank}} {
		seeds = append(seeds, reflect.ValueOf(a), reflect.ValueOf(BallotCast{Answer: a, Replaces: &a}), reflect.ValueOf(ArtefactRef{ID: "ar"}))
	}
	pieces := []string{`,`, `"`, `{`, `}`, `:`, `0`, `-`, `""`, `"":`, `null`, `"table":"",`, `"point":0`, `"device":"00",`, `"text":"",`, `"observed":""`, "\\", "\x80", `[]`, `{}`, `"important":false,`}
	read, refused := 0, 0
	for _, s := range seeds {
		of := s.Type()
		p := reflect.New(of)
		p.Elem().Set(s)
		text, err := structCodec(of).append(nil, p.Elem())
		require.NoError(t, err)
		require.NoError(t, both(of, text))
		for range 1000 {
			b := append([]byte(nil), text...)
			from := chance.IntN(len(b))
			to := min(len(b), from+chance.IntN(12))
			switch chance.IntN(4) {
			case 0: // something goes
				b = append(b[:from], b[to:]...)
			case 1: // something comes
				b = append(b[:from:from], append([]byte(pieces[chance.IntN(len(pieces))]), text[from:]...)...)
			case 2: // something comes twice, somewhere
				at := chance.IntN(len(b))
				b = append(b[:at:at], append(text[from:to:to], text[at:]...)...)
			case 3:
				b[from] = "0az\"{},:-"[chance.IntN(9)]
			}
			if both(of, b) == nil {
				read++
			} else {
				refused++
			}
		}
	}
	require.Greater(t, read, 100)
	require.Greater(t, refused, 5_000)
}

// Every day of four hundred years, and what is no day.
func TestTimeIsTheCalendar(t *testing.T) {
	t.Parallel()
	day := time.Date(1799, 12, 1, 23, 59, 59, int(999*time.Millisecond), time.UTC)
	for range 2 * 146097 {
		var at Time
		if err := at.UnmarshalText([]byte(day.Format(timeLayout))); err != nil || at.Std() != day {
			t.Fatal(day, at.Std(), err)
		}
		day = day.AddDate(0, 0, 1)
	}
	for _, text := range []string{"0000-01-01T00:00:00.000Z", "0000-02-29T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "1970-01-01T00:00:00.000Z"} {
		var at Time
		require.NoError(t, at.UnmarshalText([]byte(text)))
		require.Equal(t, text, at.String())
	}
	for _, text := range []string{"2023-02-29T00:00:00.000Z", "1900-02-29T00:00:00.000Z", "2024-00-01T00:00:00.000Z", "2024-13-01T00:00:00.000Z", "2024-01-00T00:00:00.000Z", "2024-04-31T00:00:00.000Z",
		"2024-01-01T24:00:00.000Z", "2024-01-01T00:60:00.000Z", "2024-01-01T00:00:60.000Z", "2024-01-01T00:00:00.000z", "2024-01-01T00:00:00.00", ""} {
		require.Error(t, new(Time).UnmarshalText([]byte(text)), text)
	}
}

// An interner gives back what it was given, whatever else it was given.
func TestInterner(t *testing.T) { // not beside others: it counts allocations
	in, chance := new(interner), rand.New(rand.NewPCG(3, 4))
	for range 100_000 {
		b := make([]byte, chance.IntN(80))
		for i := range b {
			b[i] = "ab"[chance.IntN(2)]
		}
		if in.of(b) != string(b) || (*interner)(nil).of(b) != string(b) {
			t.Fatalf("%s: %s", b, in.of(b))
		}
	}
	b := []byte("participant")
	s := in.of(b)
	b[0] = 'x'
	require.Equal(t, "participant", s)
	require.Zero(t, testing.AllocsPerRun(10, func() { _ = in.of([]byte("participant")) }), "met again, it is not made again")
}

// Eight bytes at once are found to be plain as one by one.
func TestPlainUntil(t *testing.T) {
	t.Parallel()
	chance := rand.New(rand.NewPCG(5, 6))
	for range 200_000 {
		b := make([]byte, chance.IntN(40))
		for i := range b {
			if b[i] = byte(' ' + chance.IntN(95)); chance.IntN(12) == 0 {
				b[i] = byte(chance.IntN(256))
			}
		}
		want := 0
		for want < len(b) && b[want] != '"' && b[want] != '\\' && b[want] >= ' ' && b[want] < 0x80 {
			want++
		}
		if have := plainUntil(b, 0); have != want {
			t.Fatalf("%q: %d, not %d", b, have, want)
		}
	}
}
