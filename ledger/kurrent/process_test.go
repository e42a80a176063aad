package kurrent_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/sqlite"
)

// The program of these tests is also a server in a process of its own, which can be killed as the machine under it would be: what it had acknowledged is on its disk, and
// nothing else of it is left.
const (
	serveFile = "DAYBOOK_TEST_SERVE_FILE"
	serveAt   = "DAYBOOK_TEST_SERVE_AT"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(serveFile); file != "" {
		if err := serveProcess(file, os.Getenv(serveAt)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func serveProcess(file, at string) error {
	l, err := sqlite.Open(context.Background(), file, sqlite.Options{})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", at)
	if err != nil {
		return err
	}
	go func() { // nobody is left behind when the tests are killed
		_, _ = os.Stdin.Read(make([]byte, 1))
		os.Exit(0)
	}()
	fmt.Println("serving")
	return esdbserver.New(l, esdbserver.Options{Append: l, MaxAppend: 16 << 20}).Serve(context.Background(), listener)
}

// A machine is a server process with a disk.
type machine struct {
	t       testing.TB
	file    string
	address string
	process *exec.Cmd
}

// newMachine starts one on a free port.
func newMachine(t testing.TB) *machine {
	t.Helper()
	at, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, at.Close())
	m := &machine{t: t, file: filepath.Join(t.TempDir(), "ledger.db"), address: at.Addr().String()}
	m.start()
	t.Cleanup(m.kill)
	return m
}

// start returns when the server listens.
func (m *machine) start() {
	m.t.Helper()
	require.NoError(m.t, listen(m.t, m.address).Close())
	m.process = exec.Command(os.Args[0])
	m.process.Env = append(os.Environ(), serveFile+"="+m.file, serveAt+"="+m.address)
	m.process.Stderr = os.Stderr
	_, err := m.process.StdinPipe() // closed when this process ends
	require.NoError(m.t, err)
	out, err := m.process.StdoutPipe()
	require.NoError(m.t, err)
	require.NoError(m.t, m.process.Start())
	said := make([]byte, len("serving\n"))
	_, err = out.Read(said)
	require.NoError(m.t, err, "the server did not start")
}

// kill ends it with signal 9.
func (m *machine) kill() {
	if m.process != nil {
		_ = m.process.Process.Kill()
		_ = m.process.Wait()
		m.process = nil
	}
}

// requireNoGoroutines waits until nothing of the client and of what it stands on runs any more. No other test may run beside it.
func requireNoGoroutines(t testing.TB) {
	t.Helper()
	var left []string
	require.Eventually(t, func() bool {
		left = left[:0]
		buf := make([]byte, 1<<22)
		for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			for _, pkg := range []string{"EventStore-Client-Go", "google.golang.org/grpc", "daybook.internal/ledger/kurrent."} {
				if strings.Contains(stack, pkg) && !strings.Contains(stack, "requireNoGoroutines") {
					left = append(left, stack)
					break
				}
			}
		}
		return len(left) == 0
	}, 20*time.Second, 20*time.Millisecond)
	require.Empty(t, left)
}
