package witness_test

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/notary/witness"
)

// killDir, in the environment, makes the test program a witness of log.example/a in that directory. It kills itself, with the signal that cannot be caught, when
// it has stored a head of the size that stands after a colon.
const killDir = "DAYBOOK_WITNESS_THAT_DIES"

func TestMain(m *testing.M) {
	if where := os.Getenv(killDir); where != "" {
		fmt.Fprintln(os.Stderr, witnessThatDies(where))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func witnessThatDies(where string) error {
	dir, size, _ := strings.Cut(where, ":")
	log := newHistory(panics{}, "log.example/a")
	var w *witness.Witness
	w, err := witness.OpenHooked(options(dir, log), func() {
		head, err := os.ReadFile(w.HeadPath("log.example/a"))
		if err == nil && strings.Split(string(head), "\n")[1] == size {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	return witness.NewServer(witness.Handler(w, slog.Default())).Serve(l)
}

type panics struct{}

func (panics) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (panics) FailNow()                          { panic("failed") }

// start starts a witness that dies, and gives its address.
func start(t *testing.T, where string) (*exec.Cmd, string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	c := exec.Command(self)
	c.Env = append(os.Environ(), killDir+"="+where)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan())
	return c, lines.Text()
}

// TestKilledBetweenDiskAndAnswer kills a witness with SIGKILL when a head is stored and its cosignature not yet given away. Nobody has seen the cosignature, but
// the witness that is started again stands by it, and cosigns nothing that does not continue it.
func TestKilledBetweenDiskAndAnswer(t *testing.T) {
	t.Parallel()
	dir, log := t.TempDir(), newHistory(t, "log.example/a")
	log.grow(10, "a")
	fork := log.fork()
	log.grow(10, "b")
	fork.grow(10, "c")
	process, address := start(t, dir+":15")
	status, _, _ := fetch(t, "POST", address+"/add-checkpoint", string(log.request(0, 8).Text()))
	require.Equal(t, 200, status)
	_, err := http.Post(address+"/add-checkpoint", "text/plain", strings.NewReader(string(log.request(8, 15).Text())))
	require.Error(t, err)
	requireKilled(t, process.Wait())

	w := open(t, dir, log)
	require.EqualValues(t, 15, w.Logs()[0].Size)
	var conflict *witness.ConflictError
	for _, r := range []witness.Request{fork.request(8, 15), fork.request(8, 16), log.request(8, 15)} {
		_, err = w.Add(r)
		require.ErrorAs(t, err, &conflict)
		require.EqualValues(t, 15, conflict.Size)
	}
	_, err = w.Add(fork.request(15, 16))
	require.ErrorIs(t, err, witness.ErrInconsistent)
	line, err := w.Add(log.request(15, 15))
	require.NoError(t, err)
	verified(t, w, log.head(15), line)
}

// TestKilledAnywhere kills a witness at moments that nobody chose, while it cosigns one head after the other. What it has given away it still stands by.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	dir, log := t.TempDir(), newHistory(t, "log.example/a")
	log.grow(3000, "a")
	given, stood := int64(0), int64(0)
	for round := range 6 {
		process, address := start(t, dir)
		begun := stood // which it may hold without ever having given it away
		kill := time.AfterFunc(time.Duration(10+30*round)*time.Millisecond, func() { _ = process.Process.Kill() })
		for at := stood; at < log.size; at++ {
			response, err := http.Post(address+"/add-checkpoint", "text/plain", strings.NewReader(string(log.request(at, at+1).Text())))
			if err != nil {
				break
			}
			require.Equal(t, 200, response.StatusCode)
			given = at + 1
			require.NoError(t, response.Body.Close())
		}
		requireKilled(t, process.Wait())
		kill.Stop()
		stood = open(t, dir, log).Logs()[0].Size
		require.GreaterOrEqual(t, stood, given)
		require.LessOrEqual(t, stood, max(given, begun)+1)
	}
	require.Positive(t, given)
}

func requireKilled(t *testing.T, err error) {
	t.Helper()
	var exit *exec.ExitError
	require.True(t, errors.As(err, &exit), "%v", err)
	require.Equal(t, syscall.SIGKILL, exit.Sys().(syscall.WaitStatus).Signal())
}
