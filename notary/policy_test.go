package notary_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"daybook.internal/notary"
)

const origin = "log.example/a"

// witnesses gives n keys and the lines of a policy with them: w0, w1, …
func witnesses(t testing.TB, n int) (keys []*notary.Cosigner, lines string) {
	_, vkey := logKey(t, 100, origin)
	lines = "log " + vkey + "\n"
	for i := range n {
		k := cosigner(t, byte(i+1), fmt.Sprintf("witness.example/%d", i))
		keys = append(keys, k)
		lines += fmt.Sprintf("witness w%d %s\n", i, k.Public())
	}
	return keys, lines
}

func parse(t testing.TB, text string) *notary.Policy {
	t.Helper()
	p, err := notary.ParsePolicy([]byte(text))
	require.NoError(t, err)
	return p
}

// TestQuorum walks through every set of five witnesses, in two groups of which one holds the other.
func TestQuorum(t *testing.T) {
	t.Parallel()
	keys, lines := witnesses(t, 5)
	log, _ := logKey(t, 100, origin)
	p := parse(t, lines+"group inner 2 w1 w2 w3\ngroup outer all w0 inner\nquorum outer\n")
	require.NoError(t, parse(t, lines+"quorum none").Check(signed(t, origin, 3, log)))
	for set := range 1 << 5 {
		signers, inner, names := []note.Signer{log}, 0, []notary.Cosignature(nil)
		for i := range 5 {
			if set>>i&1 == 1 {
				signers = append(signers, keys[i].At(int64(10+i)))
				names = append(names, notary.Cosignature{Witness: fmt.Sprint("w", i), Time: int64(10 + i)})
				if i >= 1 && i <= 3 {
					inner++
				}
			}
		}
		head := signed(t, origin, 3, signers...)
		have, err := p.Cosignatures(head)
		require.NoError(t, err)
		require.Equal(t, names, have)
		if err := p.Check(head); set&1 == 1 && inner >= 2 {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, notary.ErrSignature)
			for i := range 4 {
				missing := set>>i&1 == 0 && (i == 0 || inner < 2)
				said, _, _ := strings.Cut(strings.SplitAfter(err.Error(), "missing: ")[1], " (")
				require.Equal(t, missing, slices.Contains(strings.Split(said, ", "), fmt.Sprint("w", i)), err.Error())
			}
		}
	}
}

// TestNobodyCountsTwice tries the ways in which one witness could be taken for two, and one key for another's.
func TestNobodyCountsTwice(t *testing.T) {
	t.Parallel()
	keys, lines := witnesses(t, 3)
	log, vkey := logKey(t, 100, origin)
	p := parse(t, lines+"group two 2 w0 w1 w2\nquorum two\n")
	one := string(signed(t, origin, 3, log, keys[0].At(10)))
	again := string(signed(t, origin, 3, keys[0].At(11)))
	twice := []byte(one + again[strings.Index(again, "\n\n")+2:])
	require.ErrorContains(t, p.Check(twice), "missing: w1, w2")
	have, err := p.Cosignatures(twice)
	require.NoError(t, err)
	require.Len(t, have, 1)

	under := cosigner(t, 1, "witness.example/another-name") // the key of w0
	for text, says := range map[string]string{
		lines + "witness w9 " + under.Public().String() + "\nquorum w0":                                 "line 5: the key of witness.example/another-name",
		lines + "log " + vkey + "\nquorum w0":                                                           "line 5: the key of " + origin,
		lines + "witness w9 " + cosigner(t, 100, "witness.example/9").Public().String() + "\nquorum w0": "line 5: the key of witness.example/9",
		lines + "group g 1 w0 w0\nquorum g":                                                             `line 5: "w0" is a member already`,
		lines + "group g 1 w0\ngroup h 2 g w0\nquorum h":                                                `line 6: "w0" is a member already`,
		lines + "group g 1 g\nquorum g":                                                                 `line 5: "g" is no witness and no group`,
	} {
		_, err := notary.ParsePolicy([]byte(text))
		require.ErrorIs(t, err, notary.ErrForm, text)
		require.ErrorContains(t, err, says)
	}
}

func TestPolicyAsksForTheLog(t *testing.T) {
	t.Parallel()
	keys, lines := witnesses(t, 1)
	log, vkey := logKey(t, 100, origin)
	other, otherVkey := logKey(t, 101, "log.example/b")
	again, _ := logKey(t, 102, origin)
	text := lines + "quorum w0"
	w := keys[0].At(10)
	for name, signers := range map[string][]note.Signer{"nobody": {w}, "another log": {other, w}, "another key": {again, w}} {
		require.ErrorIs(t, parse(t, text).Check(signed(t, origin, 3, signers...)), notary.ErrSignature, name)
	}
	require.NoError(t, parse(t, text).Check(signed(t, origin, 3, again, log, w)))
	// Of two logs each signs for itself.
	both := parse(t, "log "+otherVkey+"\n"+text)
	require.NoError(t, both.Check(signed(t, origin, 3, log, w)))
	require.NoError(t, both.Check(signed(t, "log.example/b", 3, other, w)))
	require.ErrorIs(t, both.Check(signed(t, origin, 3, other, w)), notary.ErrSignature)
	// One broken signature of a known key spoils the note.
	head := string(signed(t, origin, 3, log, w))
	spoilt := strings.Replace(head, head[len(head)-12:len(head)-8], "AAAA", 1)
	require.NotEqual(t, head, spoilt)
	require.ErrorIs(t, parse(t, text).Check([]byte(spoilt)), notary.ErrSignature)
	_, err := parse(t, text).Cosignatures([]byte(spoilt))
	require.ErrorIs(t, err, notary.ErrSignature)
	require.ErrorIs(t, parse(t, text).Check([]byte("no note")), notary.ErrForm)
	require.ErrorIs(t, parse(t, text).Check(append([]byte(head), make([]byte, notary.MaxNote)...)), notary.ErrForm)

	// A policy without a log believes nothing before it is told which.
	witnessesOnly := parse(t, strings.Replace(text, "log "+vkey+"\n", "", 1))
	require.ErrorIs(t, witnessesOnly.Check([]byte(head)), notary.ErrSignature)
	key, err := note.NewVerifier(vkey)
	require.NoError(t, err)
	for _, p := range []*notary.Policy{witnessesOnly, both} {
		of, err := p.For(key)
		require.NoError(t, err)
		require.NoError(t, of.Check([]byte(head)))
		require.ErrorIs(t, of.Check(signed(t, "log.example/b", 3, other, w)), notary.ErrSignature)
	}
	otherKey, err := note.NewVerifier(otherVkey)
	require.NoError(t, err)
	_, err = parse(t, text).For(otherKey)
	require.ErrorIs(t, err, notary.ErrSignature)
}

func TestPoliciesThatAreNone(t *testing.T) {
	t.Parallel()
	_, lines := witnesses(t, 2)
	_, vkey := logKey(t, 100, origin)
	vkeyOf := func(i byte) string { return cosigner(t, i, fmt.Sprint("witness.example/", i)).Public().String() }
	many := func(n int, line func(i int) string) (text string) {
		for i := range n {
			text += line(i) + "\n"
		}
		return text
	}
	for text, says := range map[string]string{
		"":                                "it has no quorum",
		lines:                             "it has no quorum",
		"quorum":                          "line 1: it has the form: quorum",
		"quorum none none":                "line 1: it has the form: quorum",
		"quorum none\n\nquorum none":      "line 3: there is a quorum already",
		"quorum w0\n" + lines:             `line 1: "w0" is no witness`,
		"Quorum none":                     `line 1: "Quorum" is none of`,
		"quorum none # why":               "line 1: a comment stands on a line of its own",
		"quorum none\r\n":                 "line 1: it ends as lines do on Windows",
		"quorum\u00a0none":                "line 1:",
		"quorum none\x00":                 "line 1: the control character 0x00",
		"# \xff\nquorum none":             "line 1: it is not UTF-8",
		"log":                             "line 1: it has the form: log",
		"log " + vkey + " a b":            "line 1: it has the form: log",
		"log " + vkey + "=":               "line 1:",
		"log " + vkeyOf(1):                "line 1:",
		"log " + vkey + " ftp://a":        "is no address",
		"log " + vkey + " //a":            "is no address",
		"log " + vkey + " https://":       "is no address",
		"log " + vkey + " http://a?b":     "is no address",
		"log " + vkey + " http://u@b":     "is no address",
		"witness w " + vkey:               "line 1:",
		"witness w":                       "line 1: it has the form: witness",
		"witness none " + vkeyOf(1):       `line 1: "none" is not free`,
		lines + "witness w0 " + vkeyOf(9): `line 4: "w0" stands for something else`,
		lines + "group w0 any w1":         `line 4: "w0" stands for something else`,
		lines + "group g any none":        `line 4: "none" is no member`,
		lines + "group g any":             "line 4: it has the form: group",
		lines + "group g 0 w0":            "line 4:",
		lines + "group g 2 w0":            "line 4:",
		lines + "group g +1 w0":           "line 4:",
		lines + "group g 01 w0":           "line 4:",
		lines + "group g ALL w0":          "line 4:",
		lines + "group " + strings.Repeat("g", 101) + " 1 w0":                                                          "line 4: a name has at most 100 bytes",
		strings.Repeat("#\n", 40_000):                                                                                  "longer than",
		many(65, func(i int) string { return fmt.Sprintf("witness w%d %s", i, vkeyOf(byte(i))) }):                      "line 65: more than 64 witnesses",
		many(65, func(i int) string { _, k := logKey(t, byte(i), origin); return "log " + k }):                         "line 65: more than 64 logs",
		lines + "group g0 any w0\n" + many(64, func(i int) string { return fmt.Sprintf("group g%d any g%d", i+1, i) }): "line 68: more than 64 groups",
	} {
		_, err := notary.ParsePolicy([]byte(text))
		require.ErrorIs(t, err, notary.ErrForm, text)
		require.ErrorContains(t, err, says)
	}
	_ = parse(t, "\t# Témoins \n \t\nquorum \tnone  ")
}

// TestQuorumIsMonotone draws policies, and adds cosignatures one after the other: what is a quorum stays one, and all are always one.
func TestQuorumIsMonotone(t *testing.T) {
	t.Parallel()
	_, lines := witnesses(t, 8)
	rapid.Check(t, func(t *rapid.T) {
		text, free := lines, []string{"w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7"}
		for g := 0; len(free) > 1 && g < 4; g++ {
			free = rapid.Permutation(free).Draw(t, "order")
			n := rapid.IntRange(1, len(free)).Draw(t, "members")
			need := rapid.SampledFrom([]string{"any", "all", fmt.Sprint(rapid.IntRange(1, n).Draw(t, "k"))}).Draw(t, "need")
			text += fmt.Sprintf("group g%d %s %s\n", g, need, strings.Join(free[:n], " "))
			free = append(slices.Clone(free[n:]), fmt.Sprint("g", g))
		}
		p, err := notary.ParsePolicy([]byte(text + "quorum " + rapid.SampledFrom(free).Draw(t, "quorum")))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		var have []notary.Cosignature
		if p.CheckQuorum(have) == nil {
			t.Fatalf("a quorum of nobody: %s", text)
		}
		was := false
		for _, i := range rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7}).Draw(t, "cosigned") {
			have = append(have, notary.Cosignature{Witness: fmt.Sprint("w", i), Time: 1})
			is := p.CheckQuorum(have) == nil
			if was && !is {
				t.Fatalf("no quorum any more with one cosignature more: %s", text)
			}
			was = is
		}
		if !was {
			t.Fatalf("all are no quorum: %s", text)
		}
	})
}

// FuzzPolicy looks for texts that break the reader, and for policies that it takes and that are none.
func FuzzPolicy(f *testing.F) {
	_, lines := witnesses(f, 3)
	f.Add([]byte(lines + "group inner 1 w0 w1\ngroup outer all inner w2\nquorum outer\n"))
	f.Add([]byte("# nobody\nquorum none"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := notary.ParsePolicy(text)
		if err != nil {
			require.ErrorIs(t, err, notary.ErrForm)
			return
		}
		var all []notary.Cosignature
		seen := map[string]bool{}
		for _, w := range p.Witnesses {
			require.False(t, seen[w.Name])
			seen[w.Name] = true
			all = append(all, notary.Cosignature{Witness: w.Name, Time: 1})
			k, err := notary.ParseWitnessKey(w.Key.String())
			require.NoError(t, err)
			require.Equal(t, w.Key, k)
			require.False(t, strings.HasSuffix(w.URL, "/"))
		}
		for _, g := range p.Groups {
			for _, m := range g.Members {
				require.True(t, seen[m])
			}
			require.False(t, seen[g.Name])
			seen[g.Name] = true
			require.True(t, g.Need >= 1 && g.Need <= len(g.Members))
		}
		require.NoError(t, p.CheckQuorum(all))
		require.Equal(t, p.Quorum == notary.NoQuorum, p.CheckQuorum(nil) == nil)
	})
}
