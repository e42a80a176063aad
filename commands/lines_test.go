package commands_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// lineOf is a line of a file.
func lineOf(id, name, content string) string {
	return fmt.Sprintf(`{"command":%q,"name":%q,"actor":"coordinator:ada","content":%s}`, id, name, content)
}

// answersOf collects what comes of a file, and the fault at its end, if any.
func answersOf(lines iter.Seq2[commands.LineAnswer, error]) (all []commands.LineAnswer, fault error) {
	for a, err := range lines {
		all, fault = append(all, a), err
	}
	return all, fault
}

func (w *world) runFile(file string) []commands.LineAnswer {
	w.t.Helper()
	all, fault := answersOf(w.RunLines(context.Background(), strings.NewReader(file)))
	require.NoError(w.t, fault)
	return all
}

// results counts answers by what they say.
func results(all []commands.LineAnswer) map[commands.Result]int {
	n := map[commands.Result]int{}
	for _, a := range all {
		n[a.Result]++
	}
	return n
}

func TestRunLines(t *testing.T) {
	t.Parallel()
	w := newDay(t)
	first := w.runFile(dayFile())
	require.Equal(t, map[commands.Result]int{commands.Done: len(theDay)}, results(first))
	for i, a := range first {
		require.Equal(t, i+1, a.Line)
		require.Equal(t, fmt.Sprint("day-", i), a.Command)
		require.Equal(t, theDay[i].event, a.Receipt.Events[0].Type)
		require.Equal(t, domain.NewEventID(a.Command, a.Receipt.Stream, 0), a.Receipt.Events[0].ID)
	}
	before := len(w.records())
	again := w.runFile(dayFile())
	require.Equal(t, map[commands.Result]int{commands.AlreadyDone: len(theDay)}, results(again))
	for i := range again {
		require.Equal(t, repeated(*first[i].Receipt), *again[i].Receipt, "the receipt of the first time")
	}
	require.Len(t, w.records(), before)

	same := w.runFile(lineOf("other", "close-session", contentOf("close-session")))
	require.Equal(t, commands.AlreadyDone, same[0].Result, "it is so already")
	require.Empty(t, same[0].Receipt.Events)
	require.Len(t, w.records(), before)
}

// The demo has more than one dialogue and more than one table in each. Its file can be run again, whole, when all of them are certified.
func TestRunTheDemoAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file, err := os.ReadFile("../cmd/daybook/demo.ndjson")
	require.NoError(t, err)
	first := w.runFile(string(file))
	require.Zero(t, results(first)[commands.Rejected])
	before := len(w.records())
	for i, a := range w.runFile(string(file)) {
		require.Equal(t, commands.AlreadyDone, a.Result, "%+v", a)
		if first[i].Result == commands.Done {
			require.Equal(t, repeated(*first[i].Receipt), *a.Receipt)
		}
	}
	for l := range strings.Lines(string(file)) {
		if strings.Contains(l, `"form-table"`) {
			a := w.runFile(strings.Replace(l, `"members":["`, `"members":["pa_late","`, 1))[0]
			require.Equal(t, "idempotency-conflict", a.Rule, "%+v", a)
		}
	}
	require.Len(t, w.records(), before)
}

func TestLinesBearTimeAndActor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.runFile(`{"command":"c","name":"open-edition","actor":"committee:bo@pt_1","occurredAt":"2025-01-02T03:04:05.678Z","content":` + contentOf("open-edition") + `}`)
	meta := w.fact(0).Meta
	require.Equal(t, "committee:bo@pt_1", meta.Actor.String())
	require.Equal(t, "2025-01-02T03:04:05.678Z", meta.OccurredAt.String())
	require.Equal(t, "c", meta.Command)
}

// Every line that is no command, or none that may be done, is answered by name, and those around it are done.
func TestRejectedLines(t *testing.T) {
	t.Parallel()
	milestone := lineOf("m", "schedule-milestone", contentOf("schedule-milestone"))
	long := strings.Repeat("x", commands.MaxLine)
	for name, c := range map[string]struct{ line, command, rule, says string }{
		"no JSON":             {`what is this?`, "", "invalid-field", "the line is not a command"},
		"cut":                 {milestone[:60], "", "invalid-field", "the line is not a command"},
		"an array":            {`[` + milestone + `]`, "", "invalid-field", "the line is not a command"},
		"a number":            {`7`, "", "invalid-field", "the line is not a command"},
		"null":                {`null`, "", "invalid-field", "no command id"},
		"empty":               {`{}`, "", "invalid-field", "no command id"},
		"two on one line":     {milestone + milestone, "m", "invalid-field", "goes on"},
		"a comma at its end":  {milestone + ",", "m", "invalid-field", "goes on"},
		"a BOM within":        {"\ufeff" + milestone, "", "invalid-field", "the line is not a command"},
		"not UTF-8":           {strings.Replace(milestone, "ada", "\xff", 1), "", "invalid-text", "not UTF-8"},
		"UTF-16":              {"{\x00\"\x00c\x00", "", "invalid-field", "the line is not a command"},
		"an unknown member":   {strings.Replace(milestone, "{", `{"when":1,`, 1), "m", "invalid-field", `unknown field "when"`},
		"other letters":       {strings.Replace(milestone, "actor", "Actor", 1), "m", "invalid-field", "it is spelled actor"},
		"a repeated member":   {strings.Replace(milestone, "{", `{"actor":"auditor:x",`, 1), "m", "invalid-field", `member "actor" stands twice`},
		"repeated within":     {strings.Replace(milestone, `"key"`, `"key":"x","key"`, 1), "m", "invalid-field", `member "key" stands twice`},
		"an unknown content":  {strings.Replace(milestone, `"key"`, `"clef"`, 1), "m", "invalid-field", `unknown field "clef"`},
		"no id":               {strings.Replace(milestone, `"m"`, `""`, 1), "", "invalid-field", "no command id"},
		"a long id":           {strings.Replace(milestone, `"m"`, `"`+strings.Repeat("m", 201)+`"`, 1), strings.Repeat("m", 201), "invalid-field", "1 to 200 bytes"},
		"no name":             {strings.Replace(milestone, `"schedule-milestone"`, `""`, 1), "m", "invalid-field", `there is no command ""`},
		"an unknown name":     {strings.Replace(milestone, `schedule-milestone`, `do-something`, 1), "m", "invalid-field", `there is no command "do-something"`},
		"no actor":            {strings.Replace(milestone, `"actor":"coordinator:ada",`, ``, 1), "m", "invalid-field", "actor"},
		"an unknown role":     {strings.Replace(milestone, `coordinator`, `king`, 1), "m", "invalid-field", "king"},
		"no content":          {strings.Replace(milestone, `,"content":`+contentOf("schedule-milestone"), ``, 1), "m", "invalid-field", "does not have the form"},
		"a time":              {strings.Replace(milestone, `{`, `{"occurredAt":"yesterday",`, 1), "", "invalid-field", "is not a time"},
		"a rule":              {strings.Replace(milestone, `"ed_1"`, `"ed_9"`, 1), "m", "unknown-ref", "the edition is not open"},
		"other content":       {lineOf("before", "add-topic", strings.Replace(contentOf("add-topic"), "t1", "t9", 1)), "before", "idempotency-conflict", "other content"},
		"too long":            {strings.Replace(milestone, "{", `{"x":"`+long+`",`, 1), "", "invalid-field", "more than 1048576 bytes"},
		"too long and broken": {long + "\xff", "", "invalid-field", "more than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, end := range []string{"\n", "\r\n"} {
				w := newWorld(t)
				w.must("open-edition", "open", contentOf("open-edition"))
				all := w.runFile(strings.Join([]string{lineOf("before", "add-topic", contentOf("add-topic")), c.line, lineOf("after", "admit-partner", contentOf("admit-partner"))}, end))
				require.Equal(t, []commands.Result{commands.Done, commands.Rejected, commands.Done}, []commands.Result{all[0].Result, all[1].Result, all[2].Result}, "%+v", all)
				require.Equal(t, commands.LineAnswer{Line: 2, Command: c.command, Result: commands.Rejected, Rule: c.rule, Detail: all[1].Detail}, all[1])
				require.Contains(t, all[1].Detail, c.says)
				require.Less(t, len(all[1].Detail), 1000)
				require.Len(t, w.records(), 3)
			}
		})
	}
}

// A file from any editor: blank lines, line ends of either kind, a byte order mark, blanks around, no line end after the last line.
func TestFormsOfFiles(t *testing.T) {
	t.Parallel()
	one, two := lineOf("1", "open-edition", contentOf("open-edition")), lineOf("2", "add-topic", contentOf("add-topic"))
	exactly := lineOf("1", "open-edition", contentOf("open-edition")[:len(contentOf("open-edition"))-1]+strings.Repeat(" ", commands.MaxLine-len(one))+"}")
	require.Len(t, exactly, commands.MaxLine)
	for name, c := range map[string]struct {
		file  string
		lines []int
	}{
		"plain":               {one + "\n" + two + "\n", []int{1, 2}},
		"no end":              {one + "\n" + two, []int{1, 2}},
		"CRLF":                {one + "\r\n" + two + "\r\n", []int{1, 2}},
		"CRLF, no end":        {one + "\r\n" + two, []int{1, 2}},
		"a BOM":               {"\ufeff" + one + "\n" + two + "\n", []int{1, 2}},
		"a BOM alone on it":   {"\ufeff\r\n" + one + "\n" + two + "\n", []int{2, 3}},
		"blank lines":         {"\n\n" + one + "\n \t\r\n\r\n" + two + "\n\n", []int{3, 6}},
		"blanks around":       {"  " + one + " \t\n\t" + two + " ", []int{1, 2}},
		"the longest line":    {exactly + "\r\n" + two, []int{1, 2}},
		"a long line of none": {one + "\n" + strings.Repeat(" ", 100_000) + "\n" + two, []int{1, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, in := range []io.Reader{strings.NewReader(c.file), iotest.OneByteReader(strings.NewReader(c.file)), iotest.DataErrReader(strings.NewReader(c.file))} {
				w := newWorld(t)
				all, fault := answersOf(w.RunLines(context.Background(), in))
				require.NoError(t, fault)
				var at []int
				for _, a := range all {
					at = append(at, a.Line)
				}
				require.Equal(t, c.lines, at)
				require.Equal(t, map[commands.Result]int{commands.Done: 2}, results(all))
			}
		})
	}
	for _, nothing := range []string{"", "\n", "\ufeff", "\r\n \t\r\n"} {
		require.Empty(t, newWorld(t).runFile(nothing))
	}
}

// A file that was cut off somewhere: its last line is answered as what it is, and the file that is whole goes on from there.
func TestTornFile(t *testing.T) {
	t.Parallel()
	lines := strings.SplitAfter(dayFile(), "\n")[:12]
	file := strings.Join(lines, "")
	whole := strings.Count(file[:len(file)/2], "\n")
	for cut := len(file) / 2; file[cut] != '\n'; cut++ {
		w := newDay(t)
		all := w.runFile(file[:cut])
		last := all[len(all)-1]
		if cut == strings.LastIndexByte(file[:cut], '\n')+1 {
			require.Len(t, all, whole)
			continue
		}
		require.Equal(t, commands.LineAnswer{
			Line: whole + 1, Result: commands.Rejected, Rule: "invalid-field", Detail: "the last line is not whole; was the file cut off?",
		}, last)
		require.Equal(t, map[commands.Result]int{commands.AlreadyDone: whole, commands.Done: len(lines) - whole}, results(w.runFile(file)))
	}
}

// A fault ends the run at its line, which is answered as failed; the same file goes on from there, and in the end everything is there once.
func TestFaultsStopAndResume(t *testing.T) {
	t.Parallel()
	want := newDay(t)
	want.runFile(dayFile())
	for at := range len(theDay) {
		for _, written := range []bool{false, true} {
			w := newDay(t)
			appends := 0
			fault := func(context.Context, ledger.Batch) error {
				if appends++; appends == at+1 {
					return errFault
				}
				return nil
			}
			if written {
				w.faulty.After = fault
			} else {
				w.faulty.Before = fault
			}
			all, err := answersOf(w.RunLines(context.Background(), strings.NewReader(dayFile())))
			require.ErrorIs(t, err, errFault)
			require.ErrorContains(t, err, fmt.Sprintf("line %d: ", at+1))
			require.Len(t, all, at+1)
			require.Equal(t, commands.LineAnswer{Line: at + 1, Command: fmt.Sprint("day-", at), Result: commands.Failed}, all[at])

			done := at
			if written {
				done++
			}
			again := w.runFile(dayFile())
			for i, a := range again {
				require.Equal(t, i < done, a.Result == commands.AlreadyDone, "line %d", a.Line)
				require.Equal(t, i >= done, a.Result == commands.Done, "line %d", a.Line)
			}
			require.Len(t, w.records(), len(want.records()))
			for i, r := range w.records() {
				require.Equal(t, want.records()[i].ID, r.ID)
			}
		}
	}
}

func TestCancelledBetweenLines(t *testing.T) {
	t.Parallel()
	w := newDay(t)
	before := len(w.records())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var all []commands.LineAnswer
	for a, err := range w.RunLines(ctx, strings.NewReader(dayFile())) {
		if all = append(all, a); len(all) == 5 {
			cancel()
		}
		if a.Result == commands.Failed {
			require.ErrorIs(t, err, context.Canceled)
		} else {
			require.NoError(t, err)
		}
	}
	require.Equal(t, map[commands.Result]int{commands.Done: 5, commands.Failed: 1}, results(all))
	require.Equal(t, commands.LineAnswer{Line: 6, Command: "day-5", Result: commands.Failed}, all[5])
	require.Len(t, w.records(), before+5)

	// After the last line there is nothing to stop.
	late, stop := context.WithCancel(context.Background())
	defer stop()
	for _, err := range w.RunLines(late, strings.NewReader(lineOf("day-0", theDay[0].name, theDay[0].content)+"\n\n")) {
		require.NoError(t, err)
		stop()
	}
}

// A line that a broken read has cut is not run, even where it looks whole.
func TestBrokenRead(t *testing.T) {
	t.Parallel()
	w := newDay(t)
	before := len(w.records())
	lines := strings.SplitAfter(dayFile(), "\n")
	in := io.MultiReader(strings.NewReader(lines[0]+lines[1]+strings.TrimSpace(lines[2])), iotest.ErrReader(errFault))
	all, err := answersOf(w.RunLines(context.Background(), in))
	require.ErrorIs(t, err, errFault)
	require.Equal(t, map[commands.Result]int{commands.Done: 2, commands.Failed: 1}, results(all))
	require.Equal(t, commands.LineAnswer{Line: 3, Result: commands.Failed}, all[2])
	require.Len(t, w.records(), before+2)
}

// Answers come as lines do: whoever writes the next line may have read the answer to the one before.
func TestLinesStream(t *testing.T) {
	t.Parallel()
	w := newDay(t)
	in, out := io.Pipe()
	answered := make(chan commands.LineAnswer)
	go func() {
		defer close(answered)
		for a := range w.RunLines(context.Background(), in) {
			answered <- a
		}
	}()
	for i, s := range theDay[:3] {
		_, err := io.WriteString(out, lineOf(fmt.Sprint("c", i), s.name, s.content)+"\n")
		require.NoError(t, err)
		a := <-answered
		require.Equal(t, fmt.Sprint("c", i), a.Command)
		require.Equal(t, commands.Done, a.Result)
	}
	require.NoError(t, out.Close())
	_, more := <-answered
	require.False(t, more)

	// Whoever stops listening stops the run.
	w = newDay(t)
	before := len(w.records())
	for range w.RunLines(context.Background(), strings.NewReader(dayFile())) {
		break
	}
	require.Len(t, w.records(), before+1)
}

// endless are lines without an end.
type endless struct {
	line []byte
	at   int
}

func (e *endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		c := copy(p[n:], e.line[e.at:])
		n, e.at = n+c, (e.at+c)%len(e.line)
	}
	return n, nil
}

// A file is never held, however long it is, and neither is a line of it. Not parallel: it looks at the heap.
func TestLinesAreNotHeld(t *testing.T) {
	w := newDay(t)
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	in := io.MultiReader(io.LimitReader(&endless{line: []byte(`x`)}, 32<<20), strings.NewReader("\n"), &endless{line: []byte(`{"command":"c","name":"no-such"}` + "\n")})
	n := 0
	for a := range w.RunLines(context.Background(), in) {
		require.Equal(t, commands.Rejected, a.Result)
		if n++; n == 20_000 {
			require.Less(t, heap()-before, int64(8<<20))
			break
		}
	}
	require.Equal(t, 20_000, n)
}

// FuzzLines runs anything: every line that is not blank is answered once, in order, under its own number, and nothing is a fault.
func FuzzLines(f *testing.F) {
	f.Add([]byte(dayFile()))
	f.Add([]byte("\ufeff{}\r\n\n[1]\n\"\xff\n" + lineOf("c", "open-edition", contentOf("open-edition"))))
	f.Fuzz(func(t *testing.T, file []byte) {
		var want, got []int
		for i, l := range bytes.Split(bytes.TrimPrefix(file, []byte("\ufeff")), []byte("\n")) {
			if len(bytes.Trim(l, " \t\r")) > 0 {
				want = append(want, i+1)
			}
		}
		w := newDay(t)
		for a, err := range w.RunLines(context.Background(), bytes.NewReader(file)) {
			require.NoError(t, err)
			require.Contains(t, []commands.Result{commands.Done, commands.AlreadyDone, commands.Rejected}, a.Result)
			require.Equal(t, a.Result == commands.Rejected, a.Rule != "")
			require.Equal(t, a.Result == commands.Rejected, a.Receipt == nil)
			_, err = json.Marshal(a)
			require.NoError(t, err)
			got = append(got, a.Line)
		}
		require.Equal(t, want, got)
	})
}
