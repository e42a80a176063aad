package witness_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"daybook.internal/notary"
	"daybook.internal/notary/witness"
)

func open(t testing.TB, dir string, logs ...*history) *witness.Witness {
	t.Helper()
	w, err := witness.Open(options(dir, logs...))
	require.NoError(t, err)
	return w
}

func options(dir string, logs ...*history) witness.Options {
	o := witness.Options{Dir: dir, Name: "witness.example/w", Now: func() time.Time { return time.Unix(1000, 0) }, Rand: strings.NewReader(strings.Repeat("r", 64))}
	for _, l := range logs {
		o.Logs = append(o.Logs, l.key)
	}
	return o
}

// verified checks a line that a witness gave for a signed checkpoint, and gives its time.
func verified(t require.TestingT, w *witness.Witness, signed, line []byte) int64 {
	text := signed[:bytes.LastIndex(signed, []byte("\n\n"))+1]
	n, err := note.Open(append(append(append([]byte{}, text...), '\n'), line...), note.VerifierList(w.Key()))
	require.NoError(t, err)
	require.Len(t, n.Sigs, 1)
	require.Empty(t, n.UnverifiedSigs)
	at, err := notary.CosignatureTime(n.Sigs[0])
	require.NoError(t, err)
	return at
}

func TestWitness(t *testing.T) {
	t.Parallel()
	dir, log := t.TempDir(), newHistory(t, "log.example/a")
	log.grow(20, "a")
	fork := log.fork()
	log.grow(20, "b")
	fork.grow(20, "c")
	w := open(t, dir, log)
	cosigned := func(h *history, old, size int64) {
		t.Helper()
		r := h.request(old, size)
		line, err := w.Add(r)
		require.NoError(t, err)
		verified(t, w, r.Checkpoint, line)
	}
	refused := func(r witness.Request, want error) {
		t.Helper()
		line, err := w.Add(r)
		require.ErrorIs(t, err, want)
		require.Empty(t, line)
	}
	at := func(r witness.Request, size int64) {
		t.Helper()
		_, err := w.Add(r)
		var conflict *witness.ConflictError
		require.ErrorAs(t, err, &conflict)
		require.Equal(t, size, conflict.Size)
	}
	empty := log.request(0, 0)
	bad := notary.Checkpoint{Origin: "log.example/a", Root: tlog.Hash{1}}
	wrong, err := note.Sign(&note.Note{Text: bad.Text()}, log.signer)
	require.NoError(t, err)

	at(log.request(3, 10), 0)
	refused(witness.Request{Checkpoint: wrong}, witness.ErrInconsistent)
	refused(witness.Request{Proof: log.proof(5, 10), Checkpoint: log.head(10)}, witness.ErrInconsistent)
	cosigned(log, 0, 0)
	cosigned(log, 0, 10)
	require.EqualValues(t, 10, w.Logs()[0].Size)
	at(empty, 10)
	at(log.request(0, 10), 10)
	at(log.request(9, 10), 10)
	refused(log.request(11, 10), witness.ErrMalformed)
	refused(witness.Request{Old: -1, Checkpoint: log.head(10)}, witness.ErrMalformed)
	cosigned(log, 10, 10) // again
	cosigned(log, 10, 15)
	at(log.request(10, 12), 15)
	refused(log.request(15, 14), witness.ErrMalformed)
	cosigned(fork, 15, 18) // the same so far
	cosigned(log, 18, 30)
	refused(fork.request(30, 30), witness.ErrInconsistent)
	refused(fork.request(30, 35), witness.ErrInconsistent)
	refused(witness.Request{Old: 30, Proof: log.proof(29, 35), Checkpoint: log.head(35)}, witness.ErrInconsistent)
	refused(witness.Request{Old: 30, Proof: append(log.proof(30, 35), tlog.Hash{}), Checkpoint: log.head(35)}, witness.ErrInconsistent)
	refused(witness.Request{Old: 30, Checkpoint: log.head(35)}, witness.ErrInconsistent)
	refused(witness.Request{Old: 30, Proof: []tlog.Hash{{}}, Checkpoint: log.head(30)}, witness.ErrInconsistent)

	stranger := newHistory(t, "log.example/b")
	stranger.grow(40, "a")
	refused(stranger.request(0, 3), witness.ErrUnknownLog)
	forger := withKey(t, "log.example/a", "another secret")
	forger.grow(40, "a")
	refused(forger.request(30, 31), witness.ErrUnsigned)
	broken := log.request(30, 31)
	broken.Checkpoint = bytes.Replace(broken.Checkpoint, []byte("\n31\n"), []byte("\n32\n"), 1)
	refused(broken, witness.ErrUnsigned)
	refused(witness.Request{Old: 30, Checkpoint: []byte("log.example/a\n31\n")}, witness.ErrMalformed)
	refused(witness.Request{}, witness.ErrUnknownLog)
	text, err := note.Sign(&note.Note{Text: "log.example/a\nno number\n\n"}, log.signer)
	require.NoError(t, err)
	refused(witness.Request{Checkpoint: text}, witness.ErrMalformed)
	loose := log.head(31) // the last digit of 68 bytes in base64 has two bits over
	digits := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	i := len(loose) - len("?=\n")
	loose[i] = digits[strings.IndexByte(digits, loose[i])+1]
	refused(witness.Request{Old: 30, Proof: log.proof(30, 31), Checkpoint: loose}, witness.ErrMalformed)

	require.EqualValues(t, 30, w.Logs()[0].Size)
	w = open(t, dir, log)
	require.EqualValues(t, 30, w.Logs()[0].Size)
	cosigned(log, 30, 40)

	// Two roots of one size, both signed: whoever reads the file can show it to anybody.
	kept, err := os.ReadDir(filepath.Join(dir, "evidence"))
	require.NoError(t, err)
	require.Len(t, kept, 1)
	both, err := os.ReadFile(filepath.Join(dir, "evidence", kept[0].Name()))
	require.NoError(t, err)
	one, other, ok := bytes.Cut(both, append([]byte("\n"), fork.head(30)...))
	require.True(t, ok)
	require.Empty(t, other)
	c, _, err := notary.OpenCheckpoint(one, log.key)
	require.NoError(t, err)
	require.Equal(t, log.checkpoint(30), c)
}

// TestLogsDoNotMix gives a witness two logs, one of which has two keys.
func TestLogsDoNotMix(t *testing.T) {
	t.Parallel()
	dir, a, b, newA := t.TempDir(), newHistory(t, "log.example/a"), newHistory(t, "log.example/b"), withKey(t, "log.example/a", "new")
	for _, l := range []*history{a, b, newA} {
		l.grow(10, "same")
	}
	_, err := witness.Open(options(dir, a, a))
	require.ErrorContains(t, err, "given twice")
	_, err = witness.Open(options(dir))
	require.ErrorContains(t, err, "at least one log")
	w := open(t, dir, a, b)
	for _, r := range []witness.Request{a.request(0, 4), b.request(0, 7), a.request(4, 5)} {
		_, err := w.Add(r)
		require.NoError(t, err)
	}
	_, err = w.Add(newA.request(5, 6))
	require.ErrorIs(t, err, witness.ErrUnsigned)
	_, err = witness.Open(options(dir, newA)) // what is stored is signed with the old key
	require.ErrorIs(t, err, witness.ErrState)
	require.ErrorContains(t, err, "give both")
	w = open(t, dir, a, newA)
	require.Len(t, w.Logs(), 1)
	_, err = w.Add(newA.request(5, 6))
	require.NoError(t, err)
	w = open(t, dir, newA, b)
	require.EqualValues(t, 6, w.Logs()[0].Size)
	require.EqualValues(t, 7, w.Logs()[1].Size)
}

// TestOneAtATime lets many ask at once for heads of two forks. From each state one is cosigned, and while it is being stored nobody else gets at the state.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	log := newHistory(t, "log.example/a")
	log.grow(1, "a")
	var w *witness.Witness
	stored := 0
	w, err := witness.OpenHooked(options(t.TempDir(), log), func() {
		require.True(t, w.Locked("log.example/a"))
		stored++ // the race detector sees it if two are here
	})
	require.NoError(t, err)
	for round := range 20 {
		from := w.Logs()[0].Size
		forks := []*history{log.fork(), log.fork()}
		forks[0].grow(3, "left")
		forks[1].grow(3, "right")
		var won []*history
		var mu sync.Mutex
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				h := forks[i%2]
				_, err := w.Add(h.request(from, from+1+int64(i/2%3)))
				var conflict *witness.ConflictError
				switch {
				case err == nil:
					mu.Lock()
					defer mu.Unlock()
					won = append(won, h)
				case !errors.As(err, &conflict):
					t.Errorf("%v", err)
				}
			})
		}
		all.Wait()
		if from > 0 {
			require.Len(t, won, 1)
		} else {
			require.NotEmpty(t, won) // the first may be a head of size 1, which both forks have
		}
		require.GreaterOrEqual(t, stored, round+1)
		log = won[0]
		size := w.Logs()[0].Size
		log.stored, log.size = log.stored[:tlog.StoredHashIndex(0, size)], size
	}
}

// TestFilesThatAreDamaged breaks every byte of every file, and takes each away: the witness does not start, rather than start from nothing.
func TestFilesThatAreDamaged(t *testing.T) {
	t.Parallel()
	dir, a, b := t.TempDir(), newHistory(t, "log.example/a"), newHistory(t, "log.example/b")
	a.grow(10, "a")
	w := open(t, dir, a, b)
	_, err := w.Add(a.request(0, 4))
	require.NoError(t, err)
	again := options(dir, a, b)
	again.Name = ""
	for _, file := range []string{filepath.Join(dir, "witness.key"), w.HeadPath("log.example/a"), w.HeadPath("log.example/b"), filepath.Join(dir, "witness.logs")} {
		was, err := os.ReadFile(file)
		require.NoError(t, err)
		if filepath.Base(file) != "witness.logs" { // a list of names, of which each has its file
			for i := range was {
				for _, b := range []byte{0, '\n', 'A', was[i] ^ 1, was[i] + 1} { // the next digit may differ in bits that are left over
					broken := bytes.Clone(was)
					if broken[i] = b; bytes.Equal(broken, was) {
						continue
					}
					require.NoError(t, os.WriteFile(file, broken, 0o600))
					_, err = witness.Open(again)
					require.ErrorIs(t, err, witness.ErrState, "%s: byte %d is %q", file, i, b)
				}
			}
			for _, broken := range [][]byte{nil, was[:len(was)/2], append(bytes.Clone(was), '\n'), append(bytes.Clone(was), was...)} {
				require.NoError(t, os.WriteFile(file, broken, 0o600))
				_, err = witness.Open(again)
				require.ErrorIs(t, err, witness.ErrState, "%s", broken)
			}
		}
		require.NoError(t, os.Remove(file))
		_, err = witness.Open(again)
		require.ErrorIs(t, err, witness.ErrState, file)
		require.NoError(t, os.WriteFile(file, was, 0o600))
	}
	// The state of one log is not that of another.
	head, err := os.ReadFile(w.HeadPath("log.example/a"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(w.HeadPath("log.example/b"), head, 0o600))
	_, err = witness.Open(again)
	require.ErrorIs(t, err, witness.ErrState)
	// A name belongs to its key.
	again.Name = "witness.example/other"
	_, err = witness.Open(again)
	require.ErrorContains(t, err, "is named witness.example/w")
}

// model is what a witness must be like: one history, which grows.
type model struct {
	t        *rapid.T
	dir      string
	logs     []*history // forks of one log
	w        *witness.Witness
	now      int64
	crash    bool // between the disk and the answer
	head     notary.Checkpoint
	at       int64
	released []notary.Checkpoint
	times    []int64
}

var errCrash = errors.New("crash")

func (m *model) open() {
	o := options(m.dir, m.logs[0])
	o.Now = func() time.Time { return time.Unix(m.now, 0) }
	w, err := witness.OpenHooked(o, func() {
		if m.crash {
			panic(errCrash)
		}
	})
	require.NoError(m.t, err)
	m.w = w
	require.Equal(m.t, m.head.Size, w.Logs()[0].Size)
	require.Equal(m.t, m.at, w.Logs()[0].Time)
}

// add asks, and says what came: an error, a line, or a crash.
func (m *model) add(r witness.Request) (line []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			line, err = nil, p.(error)
		}
	}()
	return m.w.Add(r)
}

func (m *model) ask() {
	h := rapid.SampledFrom(m.logs).Draw(m.t, "fork")
	size := rapid.Int64Range(0, h.size).Draw(m.t, "size")
	old := rapid.OneOf(rapid.Just(m.head.Size), rapid.Int64Range(0, h.size)).Draw(m.t, "old")
	r := h.request(min(old, size), size)
	r.Old = old
	if rapid.IntRange(0, 9).Draw(m.t, "spoil") == 0 {
		r.Proof = append(r.Proof, tlog.Hash{7})
	}
	fault := rapid.SampledFrom([]string{"", "", "", "", "before", "after"}).Draw(m.t, "fault")
	block := m.w.HeadPath(m.head.Origin) + ".new"
	if fault == "before" {
		require.NoError(m.t, os.Mkdir(block, 0o700))
	}
	m.crash = fault == "after"
	line, err := m.add(r)
	m.crash = false
	if fault == "before" {
		require.NoError(m.t, os.Remove(block))
	}

	c := h.checkpoint(size)
	var conflict *witness.ConflictError
	good := notary.CheckConsistency(r.Proof, c.Size, c.Root, m.head.Size, m.head.Root) == nil
	switch {
	case old > size:
		require.ErrorIs(m.t, err, witness.ErrMalformed)
		return
	case old != m.head.Size:
		require.ErrorAs(m.t, err, &conflict)
		require.Equal(m.t, m.head.Size, conflict.Size)
		return
	case !good:
		require.ErrorIs(m.t, err, witness.ErrInconsistent)
		return
	}
	at := max(m.now, m.at)
	again := c == m.head && at == m.at // answered from memory
	switch {
	case fault == "before" && !again:
		require.Error(m.t, err)
		return
	case fault == "after" && !again:
		require.ErrorIs(m.t, err, errCrash)
		m.head, m.at = c, at
		m.open()
		return
	}
	require.NoError(m.t, err)
	m.head, m.at = c, at
	require.Equal(m.t, at, verified(m.t, m.w, r.Checkpoint, line))
	m.released, m.times = append(m.released, c), append(m.times, at)
}

// TestWitnessKeepsOneHistory asks a witness anything, in any order, for heads of forks that share a beginning, over clocks that are set back, disks that fail
// before and processes that end after a head is stored. It says what the model says, and what it cosigned is one history.
func TestWitnessKeepsOneHistory(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(root, "")
		require.NoError(t, err)
		log := newHistory(t, "log.example/a")
		log.grow(rapid.IntRange(0, 9).Draw(t, "beginning"), "a")
		m := &model{t: t, dir: dir, logs: []*history{log, log.fork()}, now: 1000, head: log.checkpoint(0)}
		log.grow(9, "b")
		m.logs[1].grow(9, "c")
		m.open()
		t.Repeat(map[string]func(*rapid.T){
			"ask":     func(t *rapid.T) { m.t = t; m.ask() },
			"restart": func(t *rapid.T) { m.t = t; m.open() },
			"clock":   func(t *rapid.T) { m.now += rapid.Int64Range(-50, 100).Draw(t, "seconds") },
			"": func(t *rapid.T) {
				for i := 1; i < len(m.released); i++ {
					require.LessOrEqual(t, m.released[i-1].Size, m.released[i].Size)
					require.LessOrEqual(t, m.times[i-1], m.times[i])
				}
				one := false // history has them all
				for _, h := range m.logs {
					all := true
					for _, c := range m.released {
						all = all && h.checkpoint(c.Size) == c
					}
					one = one || all
				}
				require.True(t, one)
			},
		})
		require.NoError(t, os.RemoveAll(dir))
	})
}
