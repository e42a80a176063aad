package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// send METHOD URL STATUS BODY FILE [HEADER VALUE] sends JSON and keeps the answer.
func send(ts *testscript.TestScript, _ bool, args []string) {
	r, err := http.NewRequest(args[0], args[1], strings.NewReader(args[3]))
	ts.Check(err)
	r.Header.Set("Content-Type", "application/json")
	if len(args) > 5 {
		r.Header.Set(args[5], args[6])
	}
	answer, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ts.Check(errors.Join(err, os.WriteFile(ts.MkAbs(args[4]), body, 0o600)))
	if fmt.Sprint(answer.StatusCode) != args[2] {
		ts.Fatalf("%s: %s", answer.Status, body)
	}
}

// listenStub URL FILE writes what comes to a file, and ends well where the stream does.
func listenStub(args []string) int {
	answer, err := http.Get(args[0])
	if err == nil {
		defer answer.Body.Close()
		var f *os.File
		if f, err = os.Create(args[1]); err == nil {
			_, err = io.Copy(f, answer.Body)
			err = errors.Join(err, f.Close())
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
