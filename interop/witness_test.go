package interop

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/torchwood"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
	"daybook.internal/notary/witness"
)

// ourWitness starts a witness of ours, and gives its address and its key.
func ourWitness(t *testing.T, log note.Verifier) (address, vkey string) {
	t.Helper()
	w, err := witness.Open(witness.Options{Dir: t.TempDir(), Name: "witness.example/ours", Logs: []note.Verifier{log}})
	require.NoError(t, err)
	s := httptest.NewServer(witness.Handler(w, slog.New(slog.DiscardHandler)))
	t.Cleanup(s.Close)
	return s.URL, w.Key().String()
}

// TestOurWitnessForAnotherLog asks our witness as another program does that follows the specification: heads in torchwood's form, proofs by transparency-dev/merkle,
// and the answers checked with torchwood's verifier.
func TestOurWitnessForAnotherLog(t *testing.T) {
	t.Parallel()
	l := newLog(t, 700) // of which only the hashes of the leaves are used
	address, vkey := ourWitness(t, l.key)
	key, err := torchwood.NewCosignatureVerifier(vkey)
	require.NoError(t, err)
	require.Equal(t, vkey, key.String())
	policy, err := torchwood.ParsePolicy([]byte("log " + l.vkey + "\nwitness ours " + vkey + "\nquorum ours\n"))
	require.NoError(t, err)
	post := func(old string, proof []tlog.Hash, head []byte) (int, string, string) {
		t.Helper()
		body := "old " + old + "\n"
		for _, h := range proof {
			body += h.String() + "\n"
		}
		response, err := http.Post(address+"/add-checkpoint", "", strings.NewReader(body+"\n"+string(head)))
		require.NoError(t, err)
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response.StatusCode, response.Header.Get("Content-Type"), string(answer)
	}
	head := func(size int, extension string) []byte {
		text := torchwood.Checkpoint{Origin: "log.example/ours", Tree: tlog.Tree{N: int64(size), Hash: l.roots[size]}, Extension: extension}.String()
		signed, err := note.Sign(&note.Note{Text: text}, l.signer)
		require.NoError(t, err)
		return signed
	}
	at := 0
	for i, size := range []int{0, 1, 2, 2, 3, 200, 256, 257, 511, 512, 700, 700} {
		extension := ""
		if i%2 == 1 {
			extension = "an extension\nand another\n"
		}
		var proof []tlog.Hash
		if at > 0 && at < size {
			proof = l.consistencyByMerkle(t, at, size)
			status, _, _ := post(strconv.Itoa(at), proof[1:], head(size, extension))
			require.Equal(t, 422, status)
		}
		before := time.Now().Unix()
		status, _, answer := post(strconv.Itoa(at), proof, head(size, extension))
		require.Equal(t, 200, status, "%d to %d: %s", at, size, answer)
		cosigned := append(head(size, extension), answer...)
		c, n, err := torchwood.VerifyCheckpoint(cosigned, policy)
		require.NoError(t, err)
		require.EqualValues(t, size, c.N)
		require.Len(t, n.Sigs, 2)
		when, err := torchwood.CosignatureTimestamp(n.Sigs[1])
		require.NoError(t, err)
		require.GreaterOrEqual(t, when, before)
		require.LessOrEqual(t, when, time.Now().Unix())
		at = size
	}
	status, kind, answer := post("3", nil, head(700, ""))
	require.Equal(t, 409, status)
	require.Equal(t, "text/x.tlog.size", kind)
	require.Equal(t, "700\n", answer)

	// What the witness serves to monitors is a checkpoint for torchwood, too.
	page, err := http.Get(fmt.Sprintf("%s/%x/checkpoint", address, sha256.Sum256([]byte("log.example/ours"))))
	require.NoError(t, err)
	defer page.Body.Close()
	signed, err := io.ReadAll(page.Body)
	require.NoError(t, err)
	_, _, err = torchwood.VerifyCheckpoint(signed, policy)
	require.NoError(t, err)
}

// TestSameKeySameSignature makes one key of both kinds, and the same cosignature with either.
func TestSameKeySameSignature(t *testing.T) {
	t.Parallel()
	private, public, err := notary.NewWitnessKey(bytes.NewReader(seeded("athens").Seed()), "witness.example/athens")
	require.NoError(t, err)
	ours, err := notary.ParseCosigner(private)
	require.NoError(t, err)
	theirs, err := torchwood.NewCosignatureSigner("witness.example/athens", seeded("athens"))
	require.NoError(t, err)
	require.Equal(t, theirs.Verifier().String(), public)
	text := notary.Checkpoint{Origin: "log.example/a", Size: 3, Root: tlog.RecordHash(nil)}.Text()
	signature, err := theirs.Sign([]byte(text))
	require.NoError(t, err)
	require.True(t, ours.Public().Verify([]byte(text), signature))
	at, err := torchwood.CosignatureTimestamp(note.Signature{Base64: base64.StdEncoding.EncodeToString(append(make([]byte, 4), signature...))})
	require.NoError(t, err)
	again, err := ours.At(at).Sign([]byte(text))
	require.NoError(t, err)
	require.Equal(t, signature, again)
}
