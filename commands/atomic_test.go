package commands_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"daybook.internal/commands"
	"daybook.internal/ledger"
	"daybook.internal/vault"
)

// runAtomic runs a file as a whole.
func (w *world) runAtomic(file string) (all []commands.LineAnswer, accepted bool) {
	w.t.Helper()
	lines, accepted, err := w.RunAtomic(context.Background(), strings.NewReader(file))
	require.NoError(w.t, err)
	all, fault := answersOf(lines)
	require.NoError(w.t, fault)
	return all, accepted
}

func TestAtomicAccepts(t *testing.T) {
	t.Parallel()
	w, plain := newDay(t), newDay(t)
	all, accepted := w.runAtomic(dayFile())
	require.True(t, accepted, "each line sees those before it")
	require.Equal(t, plain.runFile(dayFile()), all, "receipts and all")
	require.Len(t, w.records(), len(plain.records()))
	require.Len(t, w.words.kept, len(plain.words.kept))

	again, accepted := w.runAtomic(dayFile())
	require.True(t, accepted)
	require.Equal(t, map[commands.Result]int{commands.AlreadyDone: len(theDay)}, results(again))
	require.Len(t, w.records(), len(plain.records()))
}

// One line that cannot be done, wherever it stands and whatever is wrong with it, and nothing is written.
func TestAtomicRefuses(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct{ line, rule string }{
		"a rule":          {lineOf("bad", "open-session", strings.Replace(contentOf("open-session"), "dl_1", "dl_9", 1)), "unknown-ref"},
		"a broken line":   {"{", "invalid-field"},
		"a repeated id":   {lineOf("day-8", "moderate-statement", strings.Replace(contentOf("moderate-statement"), `"mod"`, `"maud"`, 1)), "idempotency-conflict"},
		"not UTF-8":       {"\xff", "invalid-text"},
		"a long line":     {strings.Repeat("x", commands.MaxLine+1), "invalid-field"},
		"other words":     {lineOf("day-6", "post-statement", strings.Replace(contentOf("post-statement"), "Everybody", "Nobody", 1)), "idempotency-conflict"},
		"an unknown name": {lineOf("bad", "no-such", "{}"), "invalid-field"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			good := strings.SplitAfter(dayFile(), "\n")
			good = good[:len(good)-1]
			for _, at := range []int{14, 20, len(good)} { // after the lines that it is about
				w := newDay(t)
				before, kept := len(w.records()), len(w.words.kept)
				all, accepted := w.runAtomic(strings.Join(good[:at], "") + c.line + "\n" + strings.Join(good[at:], ""))
				require.False(t, accepted)
				require.Equal(t, map[commands.Result]int{commands.Rejected: 1, commands.NotDone: len(good)}, results(all))
				require.Equal(t, c.rule, all[at].Rule)
				require.Equal(t, at+1, all[at].Line)
				require.NotEmpty(t, all[at].Detail)
				for i, a := range all {
					require.Nil(t, a.Receipt)
					require.Equal(t, i+1, a.Line)
				}
				require.Equal(t, "day-0", all[0].Command)
				require.Len(t, w.records(), before, "nothing is written")
				require.Len(t, w.words.kept, kept, "and nothing sealed")
			}
		})
	}
}

// What was done before is said to be done, and what would be done by the file alone is not.
func TestAtomicRefusesTheRestOfAFile(t *testing.T) {
	t.Parallel()
	w := newDay(t)
	lines := strings.SplitAfter(dayFile(), "\n")
	first := w.runFile(strings.Join(lines[:5], ""))
	before := len(w.records())
	all, accepted := w.runAtomic(dayFile() + lines[10] + lineOf("so", "open-edition", contentOf("open-edition")) + "\n{\n")
	require.False(t, accepted)
	require.Equal(t, map[commands.Result]int{commands.AlreadyDone: 5, commands.NotDone: len(theDay) - 5 + 2, commands.Rejected: 1}, results(all))
	for i := range 5 {
		require.Equal(t, repeated(*first[i].Receipt), *all[i].Receipt)
	}
	require.Len(t, w.records(), before)
}

// A trial that comes to no end writes nothing.
func TestAtomicFaultsInTheTrial(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx   context.Context
		in    io.ReadSeeker
		vault func(vault.Vault) vault.Vault
		want  error
	}{
		"cancelled":                {ctx: cancelled, in: strings.NewReader(dayFile()), want: context.Canceled},
		"a broken read":            {in: seeker{iotest.TimeoutReader(strings.NewReader(dayFile() + strings.Repeat("\n", 1<<20))), nil}, want: iotest.ErrTimeout},
		"a vault that is broken":   {in: strings.NewReader(dayFile()), vault: func(v vault.Vault) vault.Vault { return broken{v} }, want: errFault},
		"it cannot be read again":  {in: seeker{strings.NewReader(dayFile()), errFault}, want: errFault},
		"a ledger that is damaged": {in: strings.NewReader(dayFile()), want: ledger.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newDay(t)
			if c.ctx == nil {
				c.ctx = context.Background()
			}
			if c.vault != nil {
				w.Vault = c.vault(w.Vault)
			}
			if errors.Is(c.want, ledger.ErrDamaged) {
				n := len(stream(t, w.memory, edition))
				_, err := w.memory.Append(context.Background(), edition, uint64(n), ledger.Draft{Type: "edition-opened.v1", Data: []byte("?")})
				require.NoError(t, err)
				c.want = nil
			}
			before, kept := len(w.records()), len(w.words.kept)
			lines, accepted, err := w.RunAtomic(c.ctx, c.in)
			require.Error(t, err)
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}
			require.False(t, accepted)
			require.Nil(t, lines)
			require.Len(t, w.records(), before)
			require.Len(t, w.words.kept, kept)
		})
	}
}

// seeker is a reader that can be put back to its beginning, or says why not.
type seeker struct {
	io.Reader
	err error
}

func (s seeker) Seek(int64, int) (int64, error) { return 0, s.err }

// A fault on the way, at any line: the same file goes on from there.
func TestAtomicResumes(t *testing.T) {
	t.Parallel()
	for at := range len(theDay) {
		w := newDay(t)
		lines, accepted, err := w.RunAtomic(context.Background(), strings.NewReader(dayFile()))
		require.NoError(t, err)
		require.True(t, accepted)
		appends := 0
		w.faulty.Before = func(context.Context, ledger.Batch) error {
			if appends++; appends == at+1 {
				return errFault
			}
			return nil
		}
		all, fault := answersOf(lines)
		require.ErrorIs(t, fault, errFault)
		require.Len(t, all, at+1)
		require.Equal(t, commands.Failed, all[at].Result)
		again, accepted := w.runAtomic(dayFile())
		require.True(t, accepted)
		require.Equal(t, len(theDay)-at, results(again)[commands.Done])
		require.Equal(t, at, results(again)[commands.AlreadyDone])
	}
}

// Somebody else writes between the trial and its end: the line that cannot be done any more is rejected, and nothing after it is done.
func TestAtomicAndAnotherWriter(t *testing.T) {
	t.Parallel()
	w := newDay(t)
	lines, accepted, err := w.RunAtomic(context.Background(), strings.NewReader(dayFile()))
	require.NoError(t, err)
	require.True(t, accepted)
	w.must("authorise-dialogue", "another", strings.Replace(contentOf("authorise-dialogue"), "a first try", "the second one", 1))
	before := len(w.records())
	all, fault := answersOf(lines)
	require.NoError(t, fault)
	require.Equal(t, map[commands.Result]int{commands.Rejected: 1, commands.NotDone: len(theDay) - 1}, results(all))
	require.Equal(t, commands.Rejected, all[0].Result)
	require.Equal(t, "duplicate", all[0].Rule)
	require.Equal(t, commands.LineAnswer{Line: 2, Command: "day-1", Result: commands.NotDone}, all[1])
	require.Len(t, w.records(), before)
}

// A file that is refused is one of which a line would be rejected, the same lines by the same rules; one that is accepted does what it would do.
func TestAtomicIsWhatItWouldBe(t *testing.T) {
	t.Parallel()
	accepted, refused := 0, 0
	checkUntil(t, func() bool { return accepted > 0 && refused > 0 }, func(t *rapid.T) {
		w, plain := newDay(t), newDay(t)
		told := rapid.IntRange(0, len(theDay)).Draw(t, "told")
		for i, s := range theDay[:told] {
			w.must(s.name, fmt.Sprint("told-", i), s.content)
			plain.must(s.name, fmt.Sprint("told-", i), s.content)
		}
		var file strings.Builder
		next := told
		for i := range rapid.IntRange(1, 12).Draw(t, "lines") {
			switch rapid.SampledFrom([]string{"next", "next", "next", "next", "any", "again", "broken"}).Draw(t, "line") {
			case "next":
				if next < len(theDay) {
					file.WriteString(lineOf(fmt.Sprint("l-", i), theDay[next].name, theDay[next].content) + "\n")
					next++
				}
			case "any":
				s := rapid.SampledFrom(story).Draw(t, "step")
				file.WriteString(lineOf(fmt.Sprint("l-", rapid.IntRange(0, i).Draw(t, "id")), s.name, s.content) + "\n")
			case "again":
				if told > 0 {
					n := rapid.IntRange(0, told-1).Draw(t, "which")
					file.WriteString(lineOf(fmt.Sprint("told-", n), theDay[n].name, theDay[n].content) + "\n")
				}
			case "broken":
				file.WriteString("{\"command\":\n")
			}
		}
		before := len(w.records())
		got, ok := w.runAtomic(file.String())
		want := plain.runFile(file.String())
		require.Len(t, got, len(want))
		if ok {
			accepted++
			require.Equal(t, want, got)
			require.Zero(t, results(want)[commands.Rejected])
			require.Len(t, w.records(), len(plain.records()))
			return
		}
		refused++
		require.Len(t, w.records(), before)
		require.Positive(t, results(want)[commands.Rejected])
		for i := range got {
			if want[i].Result == commands.Rejected {
				require.Equal(t, want[i], got[i])
			} else {
				require.Contains(t, []commands.Result{commands.NotDone, commands.AlreadyDone}, got[i].Result)
			}
			if got[i].Result == commands.AlreadyDone {
				require.Equal(t, want[i], got[i])
				require.Less(t, got[i].Receipt.Events[0].Seq, uint64(before))
			}
		}
	})
	require.Positive(t, accepted)
	require.Positive(t, refused)
}

// What can be read once can be read twice from the spool, and leaves nothing behind. Not parallel: it has a folder for temporary files of its own.
func TestSpool(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	f, err := commands.Spool(iotest.OneByteReader(strings.NewReader(dayFile())))
	require.NoError(t, err)
	for range 2 {
		all, err := io.ReadAll(f)
		require.NoError(t, err)
		require.Equal(t, dayFile(), string(all))
		_, err = f.Seek(0, io.SeekStart)
		require.NoError(t, err)
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left, "not even while it is open")
	require.NoError(t, f.Close())

	_, err = commands.Spool(iotest.ErrReader(errFault))
	require.ErrorIs(t, err, errFault)
	t.Setenv("TMPDIR", dir+"/nowhere")
	_, err = commands.Spool(strings.NewReader(""))
	require.ErrorIs(t, err, os.ErrNotExist)
}
