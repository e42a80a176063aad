package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/notary"
	"daybook.internal/notary/witness"
)

// stub is a log for the tests of witnesses: its leaves are numbers, and its key is the same every time. A fork has other leaves from the tenth on.
type stub struct {
	signer note.Signer
	vkey   string
	stored []tlog.Hash
}

func newStub(origin, leaves string) (*stub, error) {
	private, public, err := notary.NewKey(strings.NewReader(strings.Repeat("s", 64)), origin)
	if err != nil {
		return nil, err
	}
	s := &stub{vkey: public}
	if s.signer, err = notary.ParseSigner(private); err != nil {
		return nil, err
	}
	for n := range int64(100) {
		leaf := fmt.Sprint(n)
		if n >= 10 {
			leaf += leaves
		}
		hashes, err := tlog.StoredHashes(n, []byte(leaf), s)
		if err != nil {
			return nil, err
		}
		s.stored = append(s.stored, hashes...)
	}
	return s, nil
}

func (s *stub) ReadHashes(at []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(at))
	for i, a := range at {
		found[i] = s.stored[a]
	}
	return found, nil
}

func (s *stub) head(size int64) ([]byte, error) {
	root, err := tlog.TreeHash(size, s)
	if err != nil {
		return nil, err
	}
	return note.Sign(&note.Note{Text: notary.Checkpoint{Origin: s.signer.Name(), Size: size, Root: root}.Text()}, s.signer)
}

func (s *stub) prove(size int64) func(int64) ([]tlog.Hash, error) {
	return func(from int64) ([]tlog.Hash, error) { return tlog.ProveTree(size, from, s) }
}

// logStub is the program of a log that asks one witness, whose key it takes from the witness's page: log-stub ADDRESS OLD SIZE [FORK]. log-stub alone prints
// the key of the log.
func logStub(args []string) int {
	if err := askWitness(args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func askWitness(args []string) error {
	s, err := newStub("log.example.org/stub", strings.Join(args[min(3, len(args)):], ""))
	if err != nil || len(args) == 0 {
		fmt.Println(s.vkey)
		return err
	}
	text, err := policyText(s.vkey, args[0])
	if err != nil {
		return err
	}
	policy, err := notary.ParsePolicy([]byte(text))
	if err != nil {
		return err
	}
	old, err1 := strconv.ParseInt(args[1], 10, 64)
	size, err2 := strconv.ParseInt(args[2], 10, 64)
	head, err3 := s.head(size)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	c := (&program{err: os.Stdout}).witnessesOf(policy)
	signed, err := c.Cosign(context.Background(), old, s.prove(size), head)
	if err != nil {
		return err
	}
	fmt.Print(string(signed))
	return policy.Check(signed)
}

// policyOf is a program that prints the policy of a log with one witness: policy-of VKEY ADDRESS.
func policyOf(args []string) int {
	text, err := policyText(args[0], args[1])
	fmt.Print(text)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// policyText is the policy of a log with one witness, whose key stands on its page.
func policyText(log, address string) (string, error) {
	response, err := http.Get("http://" + address)
	if err != nil {
		return "", err
	}
	page, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return "", err
	}
	key := regexp.MustCompile(`Key:\n  (\S+)\n`).FindSubmatch(page)
	if key == nil {
		return "", fmt.Errorf("no key on the page: %s", page)
	}
	return fmt.Sprintf("log %s\nwitness w %s http://%s\nquorum w\n", log, key[1], address), nil
}

// TestWitnessesOf says of a witness that fails once that it does, and once that it is well again.
func TestWitnessesOf(t *testing.T) {
	t.Parallel()
	s, err := newStub("log.example.org/stub", "")
	require.NoError(t, err)
	key, err := notary.ParseVerifier(s.vkey)
	require.NoError(t, err)
	w, err := witness.Open(witness.Options{Dir: t.TempDir(), Logs: []note.Verifier{key}})
	require.NoError(t, err)
	ill := atomic.Bool{}
	handler := witness.Handler(w, slog.New(slog.DiscardHandler))
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if ill.Load() {
			http.Error(rw, "maintenance", http.StatusServiceUnavailable)
			return
		}
		handler.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)

	path := filepath.Join(t.TempDir(), "policy")
	text := "witness athens " + w.Key().String() + " " + server.URL + "\nquorum athens\n"
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	policy, published, err := readPolicy(path, key)
	require.NoError(t, err)
	require.Equal(t, text, string(published))
	var words bytes.Buffer
	c := (&program{err: &words}).witnessesOf(policy)
	for _, step := range []struct {
		size int64
		ill  bool
	}{{1, false}, {3, true}, {5, true}, {8, false}, {9, false}, {12, true}} {
		ill.Store(step.ill)
		head, err := s.head(step.size)
		require.NoError(t, err)
		_, err = c.Cosign(t.Context(), 0, s.prove(step.size), head)
		require.Equal(t, step.ill, err != nil, "%v", err)
	}
	require.Equal(t, `witness athens did not cosign the head of 3 events: the witness cannot cosign now: status 503: "maintenance"
witness athens cosigns again, from the head of 8 events on
witness athens did not cosign the head of 12 events: the witness cannot cosign now: status 503: "maintenance"
`, words.String())

	require.NoError(t, os.WriteFile(path, []byte("quorum nobody\n"), 0o600))
	_, _, err = readPolicy(path, key)
	require.ErrorContains(t, err, "--policy "+path+": policy: not in the form that it must have: line 1:")
	other, err := newStub("log.example.org/other", "")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte("log "+other.vkey+"\n"+text), 0o600))
	_, _, err = readPolicy(path, key)
	require.ErrorIs(t, err, notary.ErrSignature)
	_, _, err = readPolicy(path+".none", key)
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestWitnessPage holds the page on witnesses against the program: its policy is one, and its commands are commands.
func TestWitnessPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "witness.md"))
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)```policy\n(.*?)```").FindSubmatch(page)
	require.NotNil(t, block)
	policy, err := notary.ParsePolicy(block[1])
	require.NoError(t, err)
	for name, believed := range map[string]bool{"met": true, "extension": true, "unmet": false, "foreign": false} {
		signed, err := os.ReadFile(filepath.Join("..", "..", "notary", "testdata", "torchwood", name))
		require.NoError(t, err)
		require.Equal(t, believed, policy.Check(signed) == nil, name) // athens and berlin together are one of two
	}
	lines := regexp.MustCompile(`(?m)^    daybook (.*)$`).FindAllSubmatch(page, -1)
	require.Len(t, lines, 2)
	for _, line := range lines {
		root := newRoot(io.Discard, io.Discard)
		c, rest, err := root.Find(strings.Fields(string(line[1])))
		require.NoError(t, err)
		require.NoError(t, c.ParseFlags(rest), string(line[0]))
		require.Empty(t, c.Flags().Args())
	}
	for _, file := range []string{"witness.key", "witness.logs", "heads/", "evidence/", "lock"} {
		require.Contains(t, string(page), "| `"+file)
	}
	for _, status := range []int{200, 400, 403, 404, 409, 413, 422, 500} {
		require.Contains(t, string(page), fmt.Sprint("\n| ", status))
	}
}
