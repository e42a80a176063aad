package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/replay"
)

// What others have written does not move the cursor of whoever reads about it.
func TestPlain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"ROOT  entries\n    Zürich, 東京\n": "ROOT  entries\n    Zürich, 東京\n",
		"a\x1b[2Jb":                       `a\u001b[2Jb`,
		"a\rVERIFIED":                     `a\u000dVERIFIED`,
		"\u202etxt.exe":                   `\u202etxt.exe`,
		"a\u009bb\x7f\tc":                 `a\u009bb\u007f\u0009c`,
		"bad\xff\xc3":                     `bad\xff\xc3`,
		"a true \ufffd mark":              "a true \ufffd mark",
	} {
		var b strings.Builder
		n, err := plain{&b}.Write([]byte(text))
		require.NoError(t, err)
		require.Equal(t, len(text), n)
		require.Equal(t, want, b.String())
	}

	l, whole := small(t)
	whole["documents/artefact.ndjson"] = bytes.Replace(whole["documents/artefact.ndjson"], []byte(`"key":"`), []byte(`"key":"\u001b[2JVERIFIED\r\u202e`), 1)
	whole.Sum()
	out, code := execute(t, built(t), "verify", whole.Dir(t), "--key", l.Keys.Key)
	require.Equal(t, exitFinding, code)
	require.Contains(t, string(out), replay.ServedDiffers)
	require.Contains(t, string(out), `\u001b[2JVERIFIED`)
	require.NotContains(t, string(out), "\x1b")
	require.NotContains(t, string(out), "\r")
}
