package interop

import (
	"crypto/ed25519"
	"crypto/sha256"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"filippo.io/torchwood"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var update = flag.Bool("update", false, "write what torchwood makes into notary/testdata/torchwood")

// golden holds what the tests of notary read: policy, a policy of three witnesses, and checkpoints that some of them have cosigned.
const golden = "../notary/testdata/torchwood"

// TestGoldenNotes holds these files against torchwood, which makes them, byte for byte: its clock stands still in a bubble.
func TestGoldenNotes(t *testing.T) {
	made := map[string]string{}
	synctest.Test(t, func(t *testing.T) { made = makeGolden(t) })
	if *update {
		require.NoError(t, os.MkdirAll(golden, 0o777))
		for name, text := range made {
			require.NoError(t, os.WriteFile(filepath.Join(golden, name), []byte(text), 0o666))
		}
	}
	policy, err := torchwood.ParsePolicy([]byte(made["policy"]))
	require.NoError(t, err)
	files, err := os.ReadDir(golden)
	require.NoError(t, err)
	require.Len(t, files, len(made))
	for name, text := range made {
		have, err := os.ReadFile(filepath.Join(golden, name))
		require.NoError(t, err)
		require.Equal(t, text, string(have), name)
		if name != "policy" {
			_, _, err = torchwood.VerifyCheckpoint(have, policy)
			require.Equal(t, name != "unmet", err == nil, "%s: %v", name, err)
		}
	}
}

func makeGolden(t *testing.T) map[string]string {
	const origin = "log.example/dialogue"
	skey, vkey, err := note.GenerateKey(strings.NewReader(string(seeded("log").Seed())), origin)
	require.NoError(t, err)
	log, err := note.NewSigner(skey)
	require.NoError(t, err)
	policy := "# made by torchwood\nlog " + vkey + "\n"
	var witnesses []note.Signer
	for _, name := range []string{"athens", "berlin", "cairo", "dakar"} {
		w, err := torchwood.NewCosignatureSigner("witness.example/"+name, seeded(name))
		require.NoError(t, err)
		witnesses = append(witnesses, w)
		if name != "dakar" {
			policy += "witness " + name + " " + w.Verifier().String() + " https://" + name + ".example/\n"
		}
	}
	made := map[string]string{"policy": policy + "group cities 2 athens berlin cairo\nquorum cities\n"}
	sign := func(name, extension string, signers ...note.Signer) {
		time.Sleep(time.Hour) // of the bubble's clock, so that each has a time of its own
		head := torchwood.Checkpoint{Origin: origin, Tree: tlog.Tree{N: 20852163, Hash: tlog.RecordHash([]byte(name))}, Extension: extension}
		signed, err := note.Sign(&note.Note{Text: head.String()}, signers...)
		require.NoError(t, err)
		made[name] = string(signed)
	}
	sign("met", "", log, witnesses[0], witnesses[2])
	sign("unmet", "", log, witnesses[1])
	sign("extension", "an extension\n", log, witnesses[1], witnesses[2])
	sign("foreign", "", log, witnesses[3], witnesses[0], witnesses[1])
	return made
}

// seeded is a private key that follows from a name.
func seeded(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("daybook test key " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}
