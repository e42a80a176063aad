package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/reactors"
)

// TestWebhooksPage runs the page on webhooks as it stands there: its configurations are read, and its receiver takes what is delivered and nothing that was changed.
func TestWebhooksPage(t *testing.T) {
	t.Parallel()
	python3, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("there is no python3, so the receiver of docs/webhooks.md cannot be tested")
		}
		t.Skip("there is no python3: install it to test the receiver of docs/webhooks.md")
	}
	dir := t.TempDir()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "webhooks.md"))
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	files := 0
	for _, block := range regexp.MustCompile("(?s)```(?:python|json) ([\\w.]+)\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		text := strings.ReplaceAll(block[2], "127.0.0.1:8090", address)
		require.NoError(t, os.WriteFile(filepath.Join(dir, block[1]), []byte(text), 0o600))
		files++
	}
	require.Equal(t, 3, files)

	// The commands of the page, in its folder.
	lines := shellLines(t, filepath.Join("..", "..", "docs", "webhooks.md"))
	require.Equal(t, []string{
		"daybook webhook secret --out here.secret", "python3 receiver.py 127.0.0.1:8090 here.secret &", "daybook serve --data ./data --demo --reactors here.json", "",
	}, lines)
	start := func(name string, args ...string) (*exec.Cmd, *bufio.Scanner) {
		c := exec.Command(name, args...)
		c.Dir, c.Stderr = dir, os.Stderr
		out, err := c.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, c.Start())
		return c, bufio.NewScanner(out)
	}
	daybook, err := exec.LookPath("daybook") // put into PATH by testscript.Main
	require.NoError(t, err)
	secret := exec.Command(daybook, strings.Fields(lines[0])[1:]...)
	secret.Dir = dir
	require.NoError(t, secret.Run())
	receiver, taken := start(python3, "receiver.py", address, "here.secret")
	defer func() {
		_ = receiver.Process.Kill()
		_ = receiver.Wait()
	}()
	serve, _ := start(daybook, append(strings.Fields(lines[2])[1:], "--listen", "127.0.0.1:0")...)
	for i := range 300 {
		require.True(t, taken.Scan())
		require.Regexp(t, fmt.Sprintf(`^%d [a-z-]+\.v1$`, i), taken.Text())
	}
	require.NoError(t, serve.Process.Signal(syscall.SIGINT))
	require.NoError(t, serve.Wait())

	// What is not signed is not taken.
	for header, value := range map[string]string{"": "", "Webhook-Signature": "v1,AAAA v1, é", "Webhook-Timestamp": "1"} {
		r, err := http.NewRequest(http.MethodPost, "http://"+address+"/", bytes.NewReader([]byte(`{"type":"forged"}`)))
		require.NoError(t, err)
		if header != "" {
			r.Header.Set(header, value)
		}
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusUnauthorized, answer.StatusCode)
	}

	// The long example is read as it stands, with the files that it names.
	for name, text := range map[string]string{"press.secret": "", "hall.secret": "", "archive.url": "https://archive.example.org/T0KEN\n", "nats.creds": "x"} {
		if text == "" {
			data, err := os.ReadFile(filepath.Join(dir, "here.secret"))
			require.NoError(t, err)
			text = string(data)
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	data, err := os.ReadFile(filepath.Join(dir, "here.secret"))
	require.NoError(t, err)
	all, err := reactors.Source{Path: filepath.Join(dir, "reactors.json"), Env: func(string) (string, bool) { return string(data), true }}.Read()
	require.NoError(t, err)
	require.Len(t, all, 4)
	for _, said := range []string{"about eight hours", "about two minutes", "after 20 deliveries (brokers: 100)", "1,000 events are parked"} {
		require.Contains(t, string(page), said)
	}
}
