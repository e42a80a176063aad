package clients

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// spec is the OpenAPI document.
var spec = filepath.Join("..", "..", "api", "openapi.json")

// built is a folder for what is built, as long as the tests run.
var built string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "daybook-clients")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		built = dir
		return m.Run()
	}())
}

// daybook builds the program, with the dependencies of the product, once for all tests.
var daybook = sync.OnceValues(func() (string, error) {
	program := filepath.Join(built, "daybook")
	build := exec.Command("go", "build", "-o", program, "./cmd/daybook")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build daybook: %w: %s", err, out)
	}
	return program, nil
})

// edition is a served one: an address, and the command line beside it.
type edition struct {
	t       *testing.T
	program string
	data    string
	url     string
}

// serve makes what the tour of the README goes through, a conversation that was imported and a simulated edition, and serves it until the test ends.
func serve(t *testing.T) *edition {
	t.Helper()
	program, err := daybook()
	require.NoError(t, err)
	e := &edition{t: t, program: program, data: filepath.Join(t.TempDir(), "data")}
	e.run("simulate", "--countries", "3", "--citizens", "12", "--online", "4")
	e.run("import", "polis", export(t))
	e.run("publish") // so that receipts are there

	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := free.Addr().String()
	require.NoError(t, free.Close())
	e.url = "http://" + address
	var words bytes.Buffer
	server := exec.Command(program, "serve", "--data", e.data, "--listen", address)
	server.Stderr = &words
	require.NoError(t, server.Start())
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt)
		if err := <-ended; t.Failed() {
			t.Logf("the server ended with %v: %s", err, words.String())
		}
	})
	require.Eventually(t, func() bool {
		r, err := http.Get(e.url + "/readyz")
		if err != nil {
			return false
		}
		_ = r.Body.Close()
		return r.StatusCode == http.StatusOK
	}, time.Minute, 50*time.Millisecond)
	return e
}

// run runs the command line on the data of the edition, and gives what it prints.
func (e *edition) run(args ...string) string {
	e.t.Helper()
	var words bytes.Buffer
	c := exec.Command(e.program, append(args, "--data", e.data)...)
	c.Stderr = &words
	out, err := c.Output()
	require.NoError(e.t, err, "%v: %s", args, words.String())
	return string(out)
}

// export writes a small export of Polis with the names that the README has in its tour, and gives its folder.
func export(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "brexit-consensus")
	require.NoError(t, os.Mkdir(dir, 0o777))
	comments := "timestamp,comment-id,author-id,agrees,disagrees,moderated,comment-body\n"
	votes := "timestamp,datetime,comment-id,voter-id,vote\n"
	for i := range 40 {
		comments += fmt.Sprintf("%d,%d,%d,6,0,1,Statement %d of nobody.\n", 1_690_000_000_000+i, i, i%6, i)
		for voter := range 6 {
			votes += fmt.Sprintf("%d,,%d,%d,1\n", 1_700_000_000_000+100*i+voter, i, voter)
		}
	}
	for name, text := range map[string]string{"summary.csv": "topic,A talk\nvoters,6\ncomments,40\nconversation-description,\n", "comments.csv": comments, "votes.csv": votes} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	return dir
}
