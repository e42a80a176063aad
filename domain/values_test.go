package domain

import (
	"crypto/sha256"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRatioIsExact(t *testing.T) {
	t.Parallel()
	any64 := rapid.OneOf(rapid.SampledFrom([]int64{0, 1, -1, 2, 3, math.MaxInt64, math.MinInt64, maxInteger}), rapid.Int64())
	rapid.Check(t, func(t *rapid.T) {
		num := any64.Draw(t, "num")
		den := rapid.OneOf(rapid.SampledFrom([]int64{1, 2, 3, math.MaxInt64}), rapid.Int64Min(1)).Draw(t, "den")
		r, want := RatioOf(num, den), big.NewRat(num, den)
		require.Equal(t, want.RatString(), r.String())
		require.Equal(t, num == 0, r == Ratio{}, "zero has one form")

		part, whole := rapid.IntRange(0, math.MaxInt).Draw(t, "part"), rapid.IntRange(0, math.MaxInt).Draw(t, "whole")
		atMost := whole > 0 && want.Cmp(new(big.Rat).SetFrac64(int64(part), int64(max(whole, 1)))) <= 0
		require.Equal(t, atMost, r.AtMost(part, whole), "%s of %d", r, whole)
	})
}

func TestRatioAtTheEdge(t *testing.T) {
	t.Parallel()
	half := RatioOf(1, 2)
	for _, c := range []struct {
		r           Ratio
		part, whole int
		want        bool
	}{
		{RatioOf(2, 3), 2, 3, true},
		{RatioOf(2, 3), 666, 1000, false},
		{RatioOf(2, 3), 667, 1000, true},
		{half, 1, 2, true},
		{half, 0, 0, false}, // nobody is no share
		{Ratio{}, 0, 0, false},
		{Ratio{}, 0, 1, true},
		{RatioOf(-1, 2), 0, 1, true},
		{RatioOf(1, 1), math.MaxInt, math.MaxInt, true},
		{RatioOf(1, 1), math.MaxInt - 1, math.MaxInt, false},
	} {
		require.Equal(t, c.want, c.r.AtMost(c.part, c.whole), "%s <= %d/%d", c.r, c.part, c.whole)
	}
	for _, den := range []int64{0, -1, math.MinInt64} {
		require.Panics(t, func() { RatioOf(1, den) })
	}
}

func TestRatioText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := ratios.Draw(t, "ratio")
		text, err := r.MarshalText()
		require.NoError(t, err)
		var back Ratio
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, r, back)
	})
	for _, text := range []string{"", "/", "1/", "/2", "1/1", "2/4", "4/2", "0/1", "1/0", "1/-2", "-0", "+1", "01", "1/02", " 1", "1.5", "1/2/3", "9007199254740992", "1/9007199254740992", "-9007199254740992"} {
		require.Error(t, new(Ratio).UnmarshalText([]byte(text)), text)
	}
}

func TestTimeText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := times.Draw(t, "time")
		text, err := at.MarshalText()
		require.NoError(t, err)
		var back Time
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, at, back)
		std, err := time.Parse(time.RFC3339Nano, string(text))
		require.NoError(t, err)
		require.Equal(t, at, TimeOf(std))
		require.True(t, at.Std().Equal(std))
		require.Equal(t, time.UTC, at.Std().Location())
	})
	cut := time.Date(2026, 3, 14, 11, 30, 0, 999_999_999, time.FixedZone("", 3600))
	require.Equal(t, "2026-03-14T10:30:00.999Z", TimeOf(cut).String())
	require.Equal(t, "1969-12-31T23:59:59.999Z", TimeOf(time.Unix(0, -1)).String(), "cut means down, before 1970, too")
}

func TestDigestText(t *testing.T) {
	t.Parallel()
	d := Digest(sha256.Sum256(nil))
	require.Equal(t, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", d.String())
	var back Digest
	require.NoError(t, back.UnmarshalText([]byte(d.String())))
	require.Equal(t, d, back)
	var c Commitment
	require.NoError(t, c.UnmarshalText([]byte(d.String())))
	require.Equal(t, d.String(), c.String())
	for _, text := range []string{"", d.String()[1:], d.String() + "0", strings.ToUpper(d.String()), strings.Repeat("g", 64), strings.Repeat("é", 32)} {
		require.Error(t, new(Digest).UnmarshalText([]byte(text)), text)
		require.Error(t, new(Commitment).UnmarshalText([]byte(text)), text)
	}
}

// hmacSHA256 is RFC 2104, written out.
func hmacSHA256(key, message []byte) [32]byte {
	inner, outer := make([]byte, 64), make([]byte, 64)
	copy(inner, key)
	copy(outer, key)
	for i := range inner {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	sum := sha256.Sum256(append(inner, message...))
	return sha256.Sum256(append(outer, sum[:]...))
}

func TestCommit(t *testing.T) {
	t.Parallel()
	var salt Salt
	for i := range salt {
		salt[i] = byte(i)
	}
	event := NewEventID("cmd-1", DialogueStream("dl_KE"), 2)
	got := Commit(salt, event, "text", []byte("Maji ni uhai."))
	require.Equal(t, "ac87f1d31e19945a1efd20ef456832f0e9ffcb83ab80414d88f1d361a7f58d49", got.String())
	message := append([]byte("daybook-commit/v1\x00"), event[:]...)
	message = append(message, "text\x00Maji ni uhai."...)
	require.Equal(t, Commitment(hmacSHA256(salt[:], message)), got)

	other := salt
	other[31] ^= 1
	for name, c := range map[string]Commitment{
		"salt":  Commit(other, event, "text", []byte("Maji ni uhai.")),
		"event": Commit(salt, EventID{}, "text", []byte("Maji ni uhai.")),
		"field": Commit(salt, event, "strata", []byte("Maji ni uhai.")),
		"words": Commit(salt, event, "text", []byte("Maji ni uhai")),
		"seam":  Commit(salt, event, "text\x00M", []byte("aji ni uhai.")),
	} {
		require.NotEqual(t, got, c, name)
	}
}

func TestLang(t *testing.T) {
	t.Parallel()
	for _, l := range []Lang{UnknownLang, "en", "nl", "zh-Hant", "zh-Hant-TW", "pt-BR", "sl-rozaj-biske-1994", "de-1901", "ast", "en-a-b"} {
		require.NoError(t, l.Check(), l)
	}
	for _, l := range []Lang{"", "e", "en-", "-en", "en--GB", "en_GB", "e2", "123", "englishes", "en-123456789", "en GB", "ën", "en\x00"} {
		require.ErrorIs(t, l.Check(), ErrInvalidField, l)
	}
}

func TestPlaceAndDate(t *testing.T) {
	t.Parallel()
	for _, p := range []Place{"KE", "XK", UnknownPlace} {
		require.NoError(t, p.Check(), p)
	}
	for _, p := range []Place{"", "K", "ke", "KEN", "K1", "É", "K "} {
		require.ErrorIs(t, p.Check(), ErrInvalidField, p)
	}
	for _, d := range []Date{"", "2026-03-14", "2024-02-29"} {
		require.NoError(t, d.Check(), d)
	}
	for _, d := range []Date{"2026-3-14", "2026-02-30", "14.03.2026", "2026-03-14T00:00:00Z", " 2026-03-14", "20260314"} {
		require.ErrorIs(t, d.Check(), ErrInvalidField, d)
	}
}

func TestLText(t *testing.T) {
	t.Parallel()
	require.NoError(t, In("en", strings.Repeat("x", MaxText)).Check("text"))
	require.Equal(t, "water", LText{"en", map[Lang]string{"en": "water", "nl": "water!"}}.String())
	for name, text := range map[string]LText{
		"nothing":           {},
		"no source":         {"en", map[Lang]string{"nl": "water"}},
		"empty":             In("en", ""),
		"empty translation": {"en", map[Lang]string{"en": "water", "nl": ""}},
		"too long":          In("en", strings.Repeat("x", MaxText+1)),
		"not UTF-8":         In("en", "\xff"),
	} {
		require.ErrorIs(t, text.Check("text"), ErrInvalidText, name)
	}
	require.ErrorIs(t, In("e", "water").Check("text"), ErrInvalidField)
}
