package beacon

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRead(t *testing.T) {
	t.Parallel()
	c, r := Quicknet(), round42(t)
	sig, random := fmt.Sprintf("%x", r.Signature), fmt.Sprintf("%x", r.Randomness())
	for name, file := range map[string]string{
		"version 1":             string(Write(r)),
		"version 2":             `{"round": 42, "signature": "` + sig + `"}`,
		"with a mark in front":  "\ufeff" + string(Write(r)),
		"upper case":            `{"round":42,"signature":"` + strings.ToUpper(sig) + `","randomness":"` + strings.ToUpper(random) + `"}`,
		"with its chain":        fmt.Sprintf(`{"round":42,"chain_hash":"%x","signature":"%s","more":{"a":[1]}}`, c.Hash, sig),
		"nothing before it":     `{"round":42,"signature":"` + sig + `","previous_signature":""}`,
		"any order, any blanks": "{ \"signature\" :\n\"" + sig + "\",\t\"round\" : 42 }\n\n",
	} {
		got, err := c.Read([]byte(file))
		require.NoError(t, err, name)
		require.Equal(t, r, got, name)
	}
	for name, s := range map[string]struct {
		file string
		is   error
	}{
		"nothing":             {"", ErrForm},
		"not JSON":            {"round 42", ErrForm},
		"a list":              {"[42]", ErrForm},
		"no end":              {`{"round":42,"signature":"` + sig + `"`, ErrForm},
		"two":                 {string(Write(r)) + string(Write(r)), ErrForm},
		"a round of zero":     {`{"round":0,"signature":"` + sig + `"}`, ErrForm},
		"a negative round":    {`{"round":-42,"signature":"` + sig + `"}`, ErrForm},
		"a round as text":     {`{"round":"42","signature":"` + sig + `"}`, ErrForm},
		"a round and a half":  {`{"round":42.5,"signature":"` + sig + `"}`, ErrForm},
		"no round":            {`{"signature":"` + sig + `"}`, ErrForm},
		"no signature":        {`{"round":42}`, ErrForm},
		"a short signature":   {`{"round":42,"signature":"` + sig[2:] + `"}`, ErrForm},
		"half a byte":         {`{"round":42,"signature":"` + sig[1:] + `"}`, ErrForm},
		"a signature twice":   {`{"round":42,"signature":"` + sig + `","signature":"` + sig + `"}`, ErrForm},
		"too long":            {`{"round":42,"signature":"` + sig + `"}` + strings.Repeat(" ", MostBytes), ErrForm},
		"other randomness":    {`{"round":42,"signature":"` + sig + `","randomness":"` + sig[:64] + `"}`, ErrRandomness},
		"empty randomness":    {`{"round":42,"signature":"` + sig + `","randomness":""}`, ErrRandomness},
		"another chain":       {`{"round":42,"signature":"` + sig + `","chain_hash":"` + random + `"}`, ErrChain},
		"a chained beacon":    {`{"round":42,"signature":"` + sig + `","previous_signature":"` + sig + `"}`, ErrChain},
		"a signature in G2":   {`{"round":42,"signature":"` + sig + sig + `"}`, ErrChain},
		"members of no value": {`{"round":42,"signature":`, ErrForm},
	} {
		_, err := c.Read([]byte(s.file))
		require.ErrorIs(t, err, s.is, name)
	}
}

func FuzzRead(f *testing.F) {
	real, err := os.ReadFile("testdata/quicknet-42.json")
	require.NoError(f, err)
	f.Add(real)
	f.Add([]byte(`{"round":1,"randomness":"","signature":"00","previous_signature":"00"}`))
	f.Add(bytes.Replace(real, []byte("42"), []byte("18446744073709551616"), 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := Quicknet()
		r, err := c.Read(b)
		if err != nil {
			require.Zero(t, r)
			return
		}
		again, err := c.Read(Write(r))
		require.NoError(t, err)
		require.Equal(t, r, again, "what is written reads as what was read")
		require.Contains(t, strings.ToLower(string(b)), fmt.Sprintf("%x", r.Signature), "nothing is made up")
	})
}
