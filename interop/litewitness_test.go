package interop

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"filippo.io/torchwood"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	_ "modernc.org/sqlite"

	"daybook.internal/notary"
	"daybook.internal/notary/witness"
)

// built is where litewitness is built.
var built string

func TestMain(m *testing.M) {
	var err error
	if built, err = os.MkdirTemp("", "interop"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(built)
	os.Exit(code)
}

// litewitness builds torchwood's witness once.
var litewitness = sync.OnceValues(func() (string, error) {
	path := filepath.Join(built, "litewitness")
	if out, err := exec.Command("go", "build", "-o", path, "filippo.io/torchwood/cmd/litewitness").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// startLitewitness runs it for one log, with a key of an SSH agent, as it wants it. It gives the address and the public key.
func startLitewitness(t *testing.T, name string, log note.Verifier, logVkey string) (address, vkey string) {
	t.Helper()
	program, err := litewitness()
	require.NoError(t, err)
	dir, err := os.MkdirTemp("", "w") // short: the name of a socket has 100 bytes
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })

	key := seeded(name)
	ring := agent.NewKeyring()
	require.NoError(t, ring.Add(agent.AddedKey{PrivateKey: &key}))
	public, err := ssh.NewPublicKey(key.Public())
	require.NoError(t, err)
	socket, err := net.Listen("unix", filepath.Join(dir, "agent"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = socket.Close() })
	go func() {
		for {
			c, err := socket.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, c) }()
		}
	}()

	// What witnessctl add-log writes.
	file := filepath.Join(dir, "litewitness.db")
	db, err := sql.Open("sqlite", file)
	require.NoError(t, err)
	empty := (&notary.Tree{}).Root()
	for _, statement := range []string{
		"CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL)",
		"CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin))",
		"INSERT INTO log VALUES ('" + log.Name() + "', 0, '" + empty.String() + "')",
		"INSERT INTO key VALUES ('" + log.Name() + "', '" + logVkey + "')",
	} {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
	require.NoError(t, db.Close())

	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	listen := free.Addr().String()
	require.NoError(t, free.Close())
	c := exec.Command(program, "-name", name, "-db", file, "-ssh-agent", filepath.Join(dir, "agent"), "-listen", listen, "-key", ssh.FingerprintSHA256(public))
	words, err := os.Create(filepath.Join(dir, "words"))
	require.NoError(t, err)
	c.Stderr = words
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGINT)
		_ = c.Wait()
		_ = words.Close()
	})
	for range 3000 {
		if r, err := http.Get("http://" + listen + "/"); err == nil {
			_ = r.Body.Close()
			s, err := torchwood.NewCosignatureSigner(name, key)
			require.NoError(t, err)
			return "http://" + listen, s.Verifier().String()
		}
		time.Sleep(10 * time.Millisecond)
	}
	_, _ = words.Seek(0, io.SeekStart)
	said, _ := io.ReadAll(words)
	require.Fail(t, "litewitness does not answer", "%s", said)
	return "", ""
}

// TestOurClientAsksLitewitness publishes heads of our log with two witnesses, torchwood's and ours, and lets torchwood check what comes of it. They begin apart, catch
// up, and see a log that was put back and one that was forked.
func TestOurClientAsksLitewitness(t *testing.T) {
	t.Parallel()
	l := newLog(t, 700)
	theirAddress, theirKey := startLitewitness(t, "witness.example/lite", l.key, l.vkey)
	ourAddress, ourKey := ourWitness(t, l.key)
	text := fmt.Appendf(nil, "log %s\nwitness lite %s %s\nwitness ours %s %s\ngroup both all lite ours\nquorum both\n", l.vkey, theirKey, theirAddress, ourKey, ourAddress)
	policy, err := notary.ParsePolicy(text)
	require.NoError(t, err)
	theirPolicy, err := torchwood.ParsePolicy(text)
	require.NoError(t, err)

	answers := map[string]error{}
	newClient := func(p *notary.Policy) *witness.Client {
		return &witness.Client{Policy: p, Patience: time.Minute, Grace: time.Minute, Answered: func(a witness.Answer) { answers[a.Witness] = a.Err }}
	}
	client := newClient(policy)
	cosign := func(old, size int) ([]byte, error) {
		clear(answers)
		return client.Cosign(context.WithoutCancel(t.Context()), int64(old), l.prove(size), l.head(t, size))
	}
	// One of them is ahead of what the log has published, as after a crash.
	half, err := notary.ParsePolicy(fmt.Appendf(nil, "log %s\nwitness lite %s %s\nquorum lite\n", l.vkey, theirKey, theirAddress))
	require.NoError(t, err)
	_, err = newClient(half).Cosign(t.Context(), 0, l.prove(5), l.head(t, 5))
	require.NoError(t, err)

	published := 0
	for _, size := range []int{8, 8, 9, 256, 300, 513, 600} {
		signed, err := cosign(published, size)
		require.NoError(t, err, "%d: %v", size, answers)
		require.NoError(t, policy.Check(signed))
		head, n, err := torchwood.VerifyCheckpoint(signed, theirPolicy)
		require.NoError(t, err)
		require.EqualValues(t, size, head.N)
		require.Len(t, n.Sigs, 3)
		published = size
		if size == 300 {
			client = newClient(policy) // a new process
		}
	}
	_, err = cosign(600, 550)
	require.ErrorIs(t, err, notary.ErrSignature)
	require.ErrorIs(t, answers["lite"], witness.ErrAhead)
	require.ErrorIs(t, answers["ours"], witness.ErrAhead)

	fork := *l
	fork.roots = append([]tlog.Hash{}, l.roots...)
	fork.roots[650] = tlog.RecordHash([]byte("another past"))
	_, err = client.Cosign(t.Context(), 600, l.prove(650), fork.head(t, 650))
	require.ErrorIs(t, err, notary.ErrSignature)
	require.ErrorIs(t, answers["lite"], witness.ErrInconsistent)
	require.ErrorIs(t, answers["ours"], witness.ErrInconsistent)

	stranger, _, err := notary.NewKey(bytes.NewReader(seeded("stranger").Seed()), "log.example/stranger")
	require.NoError(t, err)
	signer, err := notary.ParseSigner(stranger)
	require.NoError(t, err)
	foreign, err := note.Sign(&note.Note{Text: notary.Checkpoint{Origin: "log.example/stranger", Size: 1, Root: l.roots[1]}.Text()}, signer)
	require.NoError(t, err)
	_, err = newClient(policy).Cosign(t.Context(), 0, l.prove(1), foreign)
	require.ErrorIs(t, err, notary.ErrSignature)
	require.ErrorIs(t, answers["lite"], witness.ErrUnknownLog)
	require.ErrorIs(t, answers["ours"], witness.ErrUnknownLog)
	forged, err := note.Sign(&note.Note{Text: notary.Checkpoint{Origin: l.key.Name(), Size: 600, Root: l.roots[600]}.Text()}, rename{signer, l.key.Name()})
	require.NoError(t, err)
	_, err = newClient(policy).Cosign(t.Context(), 600, l.prove(600), forged)
	require.ErrorIs(t, err, notary.ErrSignature)
	require.ErrorIs(t, answers["lite"], witness.ErrUnsigned)
	require.ErrorIs(t, answers["ours"], witness.ErrUnsigned)
}

// rename signs in the name of somebody else.
type rename struct {
	note.Signer
	name string
}

func (r rename) Name() string { return r.name }
