package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"daybook.internal/ledger"
	"daybook.internal/notary"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"daybook":      func() { os.Exit(run(os.Args[1:])) },
		"import-acked": func() { os.Exit(importAcked(os.Args[1:])) },
		"log-stub":     func() { os.Exit(logStub(os.Args[1:])) },
		"policy-of":    func() { os.Exit(policyOf(os.Args[1:])) },
		"hook-stub":    func() { os.Exit(hookStub(os.Args[1:])) },
		"listen-stub":  func() { os.Exit(listenStub(os.Args[1:])) },
	})
}

// TestScripts runs what a user could type.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"flip": flip, "sizes": sizes, "status": status, "waitserved": waitServed, "freeport": freePort, "poke": poke, "records": writeRecords,
			"cutoff": cutoff, "windows": windows, "first": first, "replace": replace, "fetch": fetch, "proves": proves,
			"field": field, "expand": expand, "waitgrep": waitGrep, "leaf": leaf, "gapless": gapless, "waitsays": waitSays,
			"esdbread": esdbRead, "send": send, "certificate": certificateFiles,
		},
	})
}

// flip FILE TEXT [N] changes one bit of the last byte of the N-th place (default: 1) where TEXT stands in FILE.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	path, text, n := ts.MkAbs(args[0]), args[1], 1
	if len(args) > 2 {
		var err error
		n, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	data, err := os.ReadFile(path)
	ts.Check(err)
	at := 0
	for range n {
		i := bytes.Index(data[at:], []byte(text))
		if i < 0 {
			ts.Fatalf("%s does not hold %q %d times", args[0], text, n)
		}
		at += i + len(text)
	}
	data[at-1] ^= 1
	ts.Check(os.WriteFile(path, data, 0o600))
}

// sizes FILE N cuts FILE to its first N bytes (N from the end if negative).
func sizes(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	info, err := os.Stat(path)
	ts.Check(err)
	if n < 0 {
		n += int(info.Size())
	}
	ts.Check(os.Truncate(path, int64(n)))
}

// status CODE COMMAND... runs a command and wants exactly that exit code.
func status(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// records DIR FILE writes every record of a data directory, with all that is stored of it, a line each.
func writeRecords(ts *testscript.TestScript, _ bool, args []string) {
	n, err := openLedger(context.Background(), ts.MkAbs(args[0]))
	ts.Check(err)
	var b bytes.Buffer
	for e, err := range n.ledger.All(context.Background(), ledger.Cursor{}) {
		ts.Check(err)
		fmt.Fprintf(&b, "%d %s %d %s %s %s %s\n", e.Seq, e.Stream, e.Revision, e.ID, e.Type, e.Meta, e.Data)
	}
	ts.Check(errors.Join(n.Close(), os.WriteFile(ts.MkAbs(args[1]), b.Bytes(), 0o600)))
}

// freeport VAR puts the address of a free loopback port into an environment variable.
func freePort(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

// waitserved ADDRESS [PATH] waits until a server answers there, at /readyz or another path, a minute at most.
func waitServed(ts *testscript.TestScript, _ bool, args []string) {
	path := "/readyz"
	if len(args) > 1 {
		path = args[1]
	}
	for range 6000 {
		if r, err := http.Get("http://" + args[0] + path); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("nobody answers at %s", args[0])
}

// poke FILE OFFSET BYTE writes one byte.
func poke(ts *testscript.TestScript, _ bool, args []string) {
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	b, err := strconv.Atoi(args[2])
	ts.Check(err)
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_WRONLY, 0)
	ts.Check(err)
	_, err = f.WriteAt([]byte{byte(b)}, int64(at))
	ts.Check(errors.Join(err, f.Close()))
}

// cutoff SIGNAL N FILE COMMAND... gives a command the first N lines of FILE on stdin, waits until it has written N lines, and sends it the signal
// (INT, KILL) while it waits for more. What it wrote stands in the files answers
// and words.
func cutoff(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text, err := os.ReadFile(ts.MkAbs(args[2]))
	ts.Check(err)
	program, err := exec.LookPath(args[3])
	ts.Check(err)
	c := exec.Command(program, args[4:]...)
	c.Dir = ts.Getenv("WORK")
	var errs bytes.Buffer
	c.Stderr = &errs
	in, err := c.StdinPipe()
	ts.Check(err)
	out, err := c.StdoutPipe()
	ts.Check(err)
	ts.Check(c.Start())
	_, err = io.WriteString(in, strings.Join(strings.SplitAfter(string(text), "\n")[:n], ""))
	ts.Check(err)
	var answers strings.Builder
	lines := bufio.NewScanner(out)
	for i := 0; lines.Scan(); {
		answers.WriteString(lines.Text() + "\n")
		if i++; i == n {
			ts.Check(c.Process.Signal(map[string]os.Signal{"INT": syscall.SIGINT, "KILL": syscall.SIGKILL}[args[0]]))
		}
	}
	err = c.Wait()
	ts.Logf("%v", err)
	ts.Check(os.WriteFile(ts.MkAbs("answers"), []byte(answers.String()), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("words"), errs.Bytes(), 0o600))
}

// windows FILE COPY copies a file as an editor on Windows writes it.
func windows(ts *testscript.TestScript, _ bool, args []string) {
	text, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	text = bytes.ReplaceAll(bytes.TrimSpace(text), []byte("\n"), []byte("\r\n"))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), append([]byte("\ufeff"), text...), 0o600))
}

// first VAR FILE puts the first line of a file into an environment variable.
func first(ts *testscript.TestScript, _ bool, args []string) {
	line, _, _ := strings.Cut(ts.ReadFile(args[1]), "\n")
	ts.Setenv(args[0], line)
}

// replace OLD NEW FILE replaces a text in a file.
func replace(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[2])
	if !strings.Contains(text, args[0]) {
		ts.Fatalf("%s does not hold %q", args[2], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(strings.ReplaceAll(text, args[0], args[1])), 0o600))
}

// fetch URL FILE gets what is at an address; with ! it must not be there.
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	r, err := http.Get(args[0])
	ts.Check(err)
	defer r.Body.Close()
	if found := r.StatusCode == http.StatusOK; found == neg {
		ts.Fatalf("%s: %s", args[0], r.Status)
	}
	body, err := io.ReadAll(r.Body)
	ts.Check(errors.Join(err, os.WriteFile(ts.MkAbs(args[1]), body, 0o600)))
}

// proves RECEIPT VKEY SEQ TYPE checks a receipt with the key in a file, and what it is about.
func proves(ts *testscript.TestScript, _ bool, args []string) {
	receipt, err := notary.ParseReceipt([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	log, err := notary.ParseVerifier(ts.ReadFile(args[1]))
	ts.Check(err)
	record, _, err := receipt.Check(log, nil)
	ts.Check(err)
	if fmt.Sprint(record.Seq) != args[2] || record.Type != args[3] {
		ts.Fatalf("the receipt is about record %d, %s", record.Seq, record.Type)
	}
}

// field FILE REGEXP VAR puts what the group of a regular expression finds into an environment variable.
func field(ts *testscript.TestScript, _ bool, args []string) {
	found := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile(args[0]))
	if found == nil {
		ts.Fatalf("no %q in %s", args[1], args[0])
	}
	ts.Setenv(args[2], found[1])
}

// expand FROM TO copies a file with its $VARIABLES.
func expand(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(os.Expand(ts.ReadFile(args[0]), ts.Getenv)), 0o600))
}

// waitgrep REGEXP FILE waits until a file has it, a minute at most.
func waitGrep(ts *testscript.TestScript, _ bool, args []string) {
	for range 6000 {
		if data, err := os.ReadFile(ts.MkAbs(args[1])); err == nil && regexp.MustCompile("(?m)"+args[0]).Match(data) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("no %q comes into %s", args[0], args[1])
}
