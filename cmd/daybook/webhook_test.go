package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	reference "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"daybook.internal/notary"
)

// hookStub ADDRESS SECRETFILE DIR takes deliveries, checks their signatures with the reference library, and keeps them in DIR: each body in a file of its seq, and a line each in the file
// taken. What it answers stands in the file DIR/answer, a status or "stall"; without the file it is 204.
func hookStub(args []string) int {
	address, secret, dir := args[0], args[1], args[2]
	text, err := os.ReadFile(secret)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	w, err := reference.NewWebhook(strings.TrimSpace(string(text)))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	taken, err := os.OpenFile(filepath.Join(dir, "taken"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var one sync.Mutex
	err = http.ListenAndServe(address, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			return
		}
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = w.Verify(body, r.Header)
		}
		if err != nil {
			http.Error(rw, err.Error(), http.StatusUnauthorized)
			return
		}
		if answer, err := os.ReadFile(filepath.Join(dir, "answer")); err == nil {
			if status, err := strconv.Atoi(strings.TrimSpace(string(answer))); err == nil {
				rw.WriteHeader(status)
				return
			}
			<-r.Context().Done()
			return
		}
		one.Lock()
		defer one.Unlock()
		seq := r.Header.Get("Daybook-Seq")
		if err := os.WriteFile(filepath.Join(dir, seq), body, 0o600); err != nil {
			panic(err)
		}
		fmt.Fprintln(taken, seq, r.Header.Get("Webhook-Id"))
		rw.WriteHeader(http.StatusNoContent)
	}))
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// leaf RECEIPT FILE writes the leaf that a receipt is about.
func leaf(ts *testscript.TestScript, _ bool, args []string) {
	receipt, err := notary.ParseReceipt([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), receipt.Leaf, 0o600))
}

// gapless FILE wants the lines of a file to begin with ascending numbers, from 0, of which some may come again and none is left out.
func gapless(ts *testscript.TestScript, _ bool, args []string) {
	next := 0
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		seq, err := strconv.Atoi(strings.Fields(line)[0])
		ts.Check(err)
		if seq > next {
			ts.Fatalf("%d came where %d was due", seq, next)
		}
		next = max(next, seq+1)
	}
	ts.Logf("%d", next)
}

// waitsays [-v] REGEXP COMMAND... runs a command until its stdout has it (or, with -v, has not), a minute at most.
func waitSays(ts *testscript.TestScript, _ bool, args []string) {
	want := args[0] != "-v"
	if !want {
		args = args[1:]
	}
	for late := time.Now().Add(time.Minute); time.Now().Before(late); time.Sleep(20 * time.Millisecond) {
		ts.Check(ts.Exec(args[1], args[2:]...))
		if regexp.MustCompile("(?m)"+args[0]).MatchString(ts.ReadFile("stdout")) == want {
			return
		}
	}
	ts.Fatalf("it does not come to that")
}
