package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// a whole is a folder in which somebody works with the programs as they are built.
type whole struct{ bin, dir string }

// TestWhole goes the whole way with the programs that are built: from what people say to what somebody who trusts nobody finds.
func TestWhole(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	build := exec.Command("go", "build", "-trimpath", "-o", bin, ".", "../auditor")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for name, test := range map[string]func(*testing.T, *whole){"tour": tour, "witness": rollbackOfferedToAWitness, "backup": restoredFromABackup, "erasure": erasedAndVerified, "engines": onEngines, "selection": rehearsed} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, &whole{bin, t.TempDir()})
		})
	}
}

func (w *whole) path(name string) string { return filepath.Join(w.dir, name) }

func (w *whole) read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(w.path(name))
	require.NoError(t, err)
	return string(data)
}

func (w *whole) write(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(w.path(name), []byte(text), 0o600))
}

// command is a command line in the folder.
func (w *whole) command(line string, more ...string) *exec.Cmd {
	args := append(strings.Fields(line), more...)
	if args[0] == "daybook" || args[0] == "auditor" {
		args[0] = filepath.Join(w.bin, args[0])
	}
	c := exec.Command(args[0], args[1:]...)
	c.Dir = w.dir
	return c
}

// run runs a command line, wants its exit code, and gives what it says on stdout, and on both.
func (w *whole) run(t *testing.T, code int, line string, more ...string) (stdout, words string) {
	t.Helper()
	c := w.command(line, more...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		require.ErrorAs(t, err, new(*exec.ExitError))
	}
	words = out.String() + errs.String()
	require.Equal(t, code, c.ProcessState.ExitCode(), "%s %v: %s", line, more, words)
	require.NotContains(t, words, "goroutine ")
	return out.String(), words
}

// served is a process that serves over HTTP.
type served struct {
	cmd   *exec.Cmd
	url   string
	first string // line of stdout
	ended chan struct{}

	mu   sync.Mutex
	errs strings.Builder
}

func (s *served) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.errs.Write(b)
}

// said is what it has said so far.
func (s *served) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.errs.String()
}

// serve starts a command line that serves, and waits until it does.
func (w *whole) serve(t *testing.T, line string, more ...string) *served {
	t.Helper()
	s := &served{cmd: w.command(line, more...), ended: make(chan struct{})}
	s.cmd.Stderr = s
	out, err := s.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, s.cmd.Start())
	t.Cleanup(func() { s.stop(syscall.SIGKILL) })
	lines := bufio.NewReader(out)
	for at := regexp.MustCompile(`served at (http://\S+)`); s.url == ""; {
		text, err := lines.ReadString('\n')
		require.NoError(t, err, "%s: %s", line, s.said())
		if s.first == "" {
			s.first = strings.TrimSpace(text)
		}
		if found := at.FindStringSubmatch(text); found != nil {
			s.url = found[1]
		}
	}
	go func() {
		_, _ = io.Copy(io.Discard, lines)
		_ = s.cmd.Wait()
		close(s.ended)
	}()
	return s
}

// stop sends a process a signal, waits until it has ended, and gives its exit code.
func (s *served) stop(signal os.Signal) int {
	_ = s.cmd.Process.Signal(signal)
	<-s.ended
	return s.cmd.ProcessState.ExitCode()
}

// soon waits until something is so, a minute at most.
func soon(t *testing.T, what string, is func() bool) {
	t.Helper()
	require.Eventually(t, is, time.Minute, 20*time.Millisecond, what)
}

// get asks for a page.
func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	r, err := http.Get(url)
	require.NoError(t, err)
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return r.StatusCode, string(b)
}

// post runs a command over HTTP, and gives where the receipt of its event will be.
func (s *served) post(t *testing.T, id, actor, name, content string) (receipt string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/v1/commands/"+name, strings.NewReader(content))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", id)
	r.Header.Set("Daybook-Actor", actor)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, answer.StatusCode, "%s", body)
	link := regexp.MustCompile(`^<([^>]+)>; rel="https://c2sp.org/tlog-proof"$`).FindStringSubmatch(answer.Header.Get("Link"))
	require.NotNil(t, link, answer.Header)
	return s.url + link[1]
}

// receipt waits for a receipt and keeps it in a file.
func (w *whole) receipt(t *testing.T, url, name string) {
	t.Helper()
	soon(t, "there is a receipt at "+url, func() bool {
		status, body := get(t, url)
		if status == http.StatusOK {
			w.write(t, name, body)
		}
		return status == http.StatusOK
	})
}

// witnesses are three witnesses of a log. Started again they are where they were.
type witnesses struct {
	*whole
	log string
	all [3]*served
}

// witnesses starts them, and writes a policy that wants two of them.
func (w *whole) witnesses(t *testing.T, log string) *witnesses {
	t.Helper()
	ws := &witnesses{whole: w, log: log}
	policy := ""
	for i := range ws.all {
		ws.start(t, i, "127.0.0.1:0")
		policy += fmt.Sprintf("witness w%d %s %s\n", i, ws.all[i].first, ws.all[i].url)
	}
	w.write(t, "policy", policy+"group enough 2 w0 w1 w2\nquorum enough\n")
	return ws
}

func (ws *witnesses) start(t *testing.T, i int, address string) {
	t.Helper()
	ws.all[i] = ws.serve(t, fmt.Sprintf("daybook witness --data w%d --name w%d.example.org --log %s --listen %s", i, i, ws.log, address))
}

// again starts a witness that was killed at its old address, once nobody else has that.
func (ws *witnesses) again(t *testing.T, i int) {
	t.Helper()
	address := strings.TrimPrefix(ws.all[i].url, "http://")
	soon(t, address+" is free", func() bool {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return false
		}
		return l.Close() == nil
	})
	ws.start(t, i, address)
}
