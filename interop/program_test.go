package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/torchwood"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
)

// TestProgram runs daybook as a user does: a conversation is imported, its log published with litewitness as the only witness, and receipts printed. Torchwood reads
// the folder, and checks the receipts.
func TestProgram(t *testing.T) {
	t.Parallel()
	program := filepath.Join(built, "daybook")
	build := exec.Command("go", "build", "-o", program, "./cmd/daybook")
	build.Dir = ".." // with the dependencies of the product, not of this module
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	root := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		var words bytes.Buffer
		c := exec.Command(program, append(args, "--data", filepath.Join(root, "data"))...)
		c.Stderr = &words
		out, err := c.Output()
		require.NoError(t, err, "%v: %s", args, words.String())
		return string(out)
	}
	talk := filepath.Join(root, "talk")
	require.NoError(t, os.Mkdir(talk, 0o777))
	votes := "timestamp,datetime,comment-id,voter-id,vote\n"
	for i := range 400 {
		votes += fmt.Sprintf("%d,,0,%d,1\n", 1_700_000_000_000+i, i)
	}
	for name, text := range map[string]string{
		"summary.csv":  "topic,A talk\nvoters,400\ncomments,1\nconversation-description,\n",
		"comments.csv": "timestamp,comment-id,author-id,agrees,disagrees,moderated,comment-body\n1690000000000,0,0,400,0,1,A statement.\n",
		"votes.csv":    votes,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(talk, name), []byte(text), 0o666))
	}
	run("import", "polis", talk)
	vkey := strings.TrimSpace(run("key", "--origin", "log.example/program"))
	key, err := notary.ParseVerifier(vkey)
	require.NoError(t, err)
	address, theirs := startLitewitness(t, "witness.example/lite3", key, vkey)
	policyFile := filepath.Join(root, "policy")
	policyText := fmt.Sprintf("log %s\nwitness lite %s %s\nquorum lite\n", vkey, theirs, address)
	require.NoError(t, os.WriteFile(policyFile, []byte(policyText), 0o666))
	var published struct{ Size int64 }
	require.NoError(t, json.Unmarshal([]byte(run("publish", "--policy", policyFile, "-o", "json")), &published))
	require.Greater(t, published.Size, int64(400))

	policy, err := torchwood.ParsePolicy([]byte(policyText))
	require.NoError(t, err)
	files, err := torchwood.NewTileFS(os.DirFS(filepath.Join(root, "data", "log")))
	require.NoError(t, err)
	signed, err := files.ReadEndpoint(t.Context(), "checkpoint")
	require.NoError(t, err)
	head, _, err := torchwood.VerifyCheckpoint(signed, policy)
	require.NoError(t, err)
	require.Equal(t, published.Size, head.N)
	client, err := torchwood.NewClient(files)
	require.NoError(t, err)
	var leaves [][]byte
	for _, entry := range client.AllEntries(t.Context(), head.Tree, 0) {
		var event struct{ SpecVersion, ID, Type, Subject string }
		require.NoError(t, json.Unmarshal(entry, &event))
		require.Equal(t, "1.0", event.SpecVersion)
		require.NotEmpty(t, event.ID)
		leaves = append(leaves, bytes.Clone(entry))
	}
	require.NoError(t, client.Err())
	require.Len(t, leaves, int(head.N))
	for _, index := range []int{0, 255, 256, int(head.N) - 1} {
		receipt := []byte(run("receipt", fmt.Sprint(index)))
		require.NoError(t, torchwood.VerifyProof(policy, tlog.RecordHash(leaves[index]), receipt))
		extra, err := torchwood.ProofExtraData(receipt)
		require.NoError(t, err)
		require.Equal(t, string(leaves[index]), string(extra))
	}
}
