package interop

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"filippo.io/torchwood"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"daybook.internal/notary"
)

// cast are the keys that random policies and notes are made of.
type cast struct {
	log, otherLog         note.Signer
	logVkey, otherLogVkey string
	witnesses             []*torchwood.CosignatureSigner
}

func newCast(t testing.TB) cast {
	t.Helper()
	var c cast
	for i, origin := range []string{"log.example/a", "log.example/b"} {
		private, public, err := note.GenerateKey(bytes.NewReader(seeded(origin).Seed()), origin)
		require.NoError(t, err)
		signer, err := note.NewSigner(private)
		require.NoError(t, err)
		if i == 0 {
			c.log, c.logVkey = signer, public
		} else {
			c.otherLog, c.otherLogVkey = signer, public
		}
	}
	for i := range 7 {
		w, err := torchwood.NewCosignatureSigner(fmt.Sprint("witness.example/", i), seeded(fmt.Sprint("witness ", i)))
		require.NoError(t, err)
		c.witnesses = append(c.witnesses, w)
	}
	return c
}

// policy draws a policy that is one by the specification.
func (c cast) policy(t *rapid.T) string {
	var lines, free []string
	if rapid.IntRange(0, 9).Draw(t, "log") > 0 {
		lines = append(lines, "log "+c.logVkey)
	}
	for i := range rapid.IntRange(1, len(c.witnesses)).Draw(t, "witnesses") {
		free = append(free, fmt.Sprint("w", i))
		lines = append(lines, fmt.Sprintf("witness w%d %s%s", i, c.witnesses[i].Verifier(), rapid.SampledFrom([]string{"", " https://w.example", "\thttp://[::1]:80/a/ "}).Draw(t, "address")))
	}
	for g := range rapid.IntRange(0, 4).Draw(t, "groups") {
		free = rapid.Permutation(free).Draw(t, "order")
		n := rapid.IntRange(1, len(free)).Draw(t, "members")
		need := rapid.SampledFrom([]string{"any", "all", fmt.Sprint(rapid.IntRange(1, n).Draw(t, "k"))}).Draw(t, "need")
		lines = append(lines, fmt.Sprintf("group g%d %s %s", g, need, strings.Join(free[:n], " ")))
		free = append(slices.Clone(free[n:]), fmt.Sprint("g", g))
	}
	lines = append(lines, "quorum "+rapid.SampledFrom(append(free, "none")).Draw(t, "quorum"))
	for range rapid.IntRange(0, 2).Draw(t, "comments") {
		at := rapid.IntRange(0, len(lines)).Draw(t, "at")
		lines = slices.Insert(lines, at, rapid.SampledFrom([]string{"", " \t", "# comment", "\t#quorum none"}).Draw(t, "comment"))
	}
	return strings.Join(lines, "\n") + rapid.SampledFrom([]string{"", "\n"}).Draw(t, "end")
}

// spoil draws changes of a policy, most of which make it none.
func spoil(t *rapid.T, text string) string {
	for range rapid.IntRange(0, 3).Draw(t, "changes") {
		lines := strings.Split(text, "\n")
		at := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
		fields := strings.Fields(lines[at])
		switch rapid.IntRange(0, 5).Draw(t, "change") {
		case 0:
			lines = slices.Delete(lines, at, at+1)
		case 1:
			lines = slices.Insert(lines, at, lines[rapid.IntRange(0, len(lines)-1).Draw(t, "copied")])
		case 2:
			other := rapid.IntRange(0, len(lines)-1).Draw(t, "other")
			lines[at], lines[other] = lines[other], lines[at]
		case 3:
			if len(fields) > 0 {
				fields[rapid.IntRange(0, len(fields)-1).Draw(t, "field")] = rapid.SampledFrom([]string{
					"w0", "w1", "g0", "none", "2", "02", "+1", "0", "-1", "all", "any", "log", "quorum", "#", "a\u00a0b", "\r", "é", "https://a", "w0#",
				}).Draw(t, "word")
				lines[at] = strings.Join(fields, " ")
			}
		case 4:
			lines[at] += rapid.SampledFrom([]string{" w0", " more", " # comment", "\r", "\x00", "\xff", "\v"}).Draw(t, "more")
		case 5:
			if len(lines[at]) > 0 {
				i := rapid.IntRange(0, len(lines[at])-1).Draw(t, "byte")
				lines[at] = lines[at][:i] + string(rapid.Byte().Draw(t, "is")) + lines[at][i+1:]
			}
		}
		text = strings.Join(lines, "\n")
	}
	return text
}

// signedNote is a checkpoint; broken is the key (name+hash) of a line that does not hold.
type signedNote struct {
	text   []byte
	broken string
}

// note draws a checkpoint, who has signed it, and perhaps a line that does not hold or stands twice.
func (c cast) note(t *rapid.T) signedNote {
	head := notary.Checkpoint{Origin: "log.example/a", Size: 7, Root: tlog.RecordHash(nil)}
	if rapid.IntRange(0, 19).Draw(t, "origin") == 0 {
		head.Origin = "log.example/b"
	}
	var signers []note.Signer
	if rapid.IntRange(0, 9).Draw(t, "signed") > 0 {
		signers = append(signers, c.log)
	}
	if rapid.IntRange(0, 4).Draw(t, "by another") == 0 {
		signers = append(signers, c.otherLog)
	}
	for _, w := range c.witnesses {
		if rapid.Bool().Draw(t, "cosigned") {
			signers = append(signers, w)
		}
	}
	signed, err := note.Sign(&note.Note{Text: head.Text()}, signers...)
	if err != nil {
		t.Fatal(err)
	}
	broken := ""
	lines := strings.SplitAfter(string(signed), "\n")
	if len(signers) > 0 && rapid.IntRange(0, 4).Draw(t, "odd") == 0 {
		at := rapid.IntRange(4, 3+len(signers)).Draw(t, "line")
		if rapid.Bool().Draw(t, "twice") {
			lines = slices.Insert(lines, at, lines[at])
		} else {
			broken = fmt.Sprintf("%s+%08x", signers[at-4].Name(), signers[at-4].KeyHash())
			b := []byte(lines[at])
			i := len(b) - 20
			b[i] ^= 1 << rapid.IntRange(0, 1).Draw(t, "bit")
			lines[at] = string(b)
		}
	}
	return signedNote{[]byte(strings.Join(lines, "")), broken}
}

// same requires that torchwood reads a policy that we read, and that both say the same of notes. A line that does not hold, of a witness that the policy names and
// its quorum does not rest on, spoils a note for us, as the specification asks ("verifiers MUST verify"), and is passed over by torchwood.
func same(t require.TestingT, text string, notes ...signedNote) (taken bool, believed int) {
	ours, err := notary.ParsePolicy([]byte(text))
	if err != nil {
		return false, 0
	}
	theirs, err := torchwood.ParsePolicy([]byte(text))
	require.NoError(t, err, "we take what torchwood does not:\n%s", text)
	for _, signed := range notes {
		_, _, their := torchwood.VerifyCheckpoint(signed.text, theirs)
		our := ours.Check(signed.text)
		if signed.broken != "" && strings.Contains(text, signed.broken) {
			require.Error(t, our)
		} else {
			require.Equal(t, their == nil, our == nil, "torchwood: %v\nwe: %v\n%s\n%s", their, our, text, signed.text)
		}
		if our == nil {
			believed++
		}
	}
	return true, believed
}

// TestPoliciesAgree draws policies of the specification: both take them, and both believe the same checkpoints.
func TestPoliciesAgree(t *testing.T) {
	t.Parallel()
	c := newCast(t)
	believed, doubted := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		text := c.policy(t)
		notes := []signedNote{c.note(t), c.note(t), c.note(t), c.note(t)}
		taken, n := same(t, text, notes...)
		require.True(t, taken, text)
		believed, doubted = believed+n, doubted+len(notes)-n
	})
	require.Positive(t, believed)
	require.Positive(t, doubted)
}

// TestSpoiltPoliciesAgree: where we take a policy, torchwood takes it too, and for the same one. The other way round it need not be: we refuse what two readers could
// understand differently.
func TestSpoiltPoliciesAgree(t *testing.T) {
	t.Parallel()
	c := newCast(t)
	took, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		text := spoil(t, c.policy(t))
		if strings.Count(text, "log log.example/") > 1 {
			t.Skip("see TestManyLogs")
		}
		if taken, _ := same(t, text, c.note(t), c.note(t)); taken {
			took++
		} else {
			refused++
		}
	})
	require.Positive(t, took)
	require.Positive(t, refused)
}

// TestCorpusAgrees walks through what the fuzzer of notary keeps.
func TestCorpusAgrees(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../notary/testdata/fuzz/FuzzPolicy/*")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	took := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		quoted := strings.TrimSuffix(strings.TrimPrefix(strings.Split(string(text), "\n")[1], "[]byte("), ")")
		policy, err := strconv.Unquote(quoted)
		require.NoError(t, err, file)
		met, err := os.ReadFile(filepath.Join(golden, "met"))
		require.NoError(t, err)
		if taken, _ := same(t, policy, signedNote{text: met}); taken {
			took++
		}
	}
	require.Positive(t, took)
	require.Less(t, took, len(files))
}

// TestManyLogs holds the one difference that is there on purpose: of several logs any may have signed, as https://c2sp.org/tlog-policy says; torchwood v0.9.0 asks
// all of them, which no checkpoint can fulfil, as it has one origin.
func TestManyLogs(t *testing.T) {
	t.Parallel()
	c := newCast(t)
	text := "log " + c.logVkey + "\nlog " + c.otherLogVkey + "\nquorum none\n"
	head := notary.Checkpoint{Origin: "log.example/a", Size: 7, Root: tlog.RecordHash(nil)}
	signed, err := note.Sign(&note.Note{Text: head.Text()}, c.log, c.otherLog)
	require.NoError(t, err)
	ours, err := notary.ParsePolicy([]byte(text))
	require.NoError(t, err)
	require.NoError(t, ours.Check(signed))
	theirs, err := torchwood.ParsePolicy([]byte(text))
	require.NoError(t, err)
	_, _, err = torchwood.VerifyCheckpoint(signed, theirs)
	require.Error(t, err)
}
