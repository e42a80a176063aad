package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
)

// serving is a 'daybook serve' of its own.
type serving struct {
	*exec.Cmd
	url   string
	words *bytes.Buffer // of stderr, to be read when it has ended
}

// serveProcess starts one, and waits until it serves.
func serveProcess(t *testing.T, data string, more ...string) *serving {
	t.Helper()
	program, err := exec.LookPath("daybook") // put into PATH by testscript.Main
	require.NoError(t, err)
	p := &serving{Cmd: exec.Command(program, append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--no-log"}, more...)...), words: &bytes.Buffer{}}
	p.Stderr = p.words
	out, err := p.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.Start())
	t.Cleanup(func() { _ = p.Process.Kill() })
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, "%s", p.words)
	found := regexp.MustCompile(`served at (https?://\S+)`).FindStringSubmatch(line)
	require.NotNil(t, found, line)
	p.url = found[1]
	return p
}

// openEdition sends a command, and gives the events of its receipt; ok is false where no answer came.
func (p *serving) openEdition(client *http.Client, n int) (events []domain.EventID, ok bool, err error) {
	content := fmt.Sprintf(`{"edition":"ed_%d","title":{"source":"en","text":{"en":"t"}},"mandate":{"source":"en","text":{"en":"m"}},"languages":["en"],"coordinator":"pt_1","decisionOwners":[]}`, n)
	r, err := http.NewRequest(http.MethodPost, p.url+"/v1/commands/open-edition", strings.NewReader(content))
	if err != nil {
		return nil, false, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", fmt.Sprint("key-", n))
	resp, err := client.Do(r)
	if err != nil {
		return nil, false, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, false, nil
	}
	if resp.StatusCode == http.StatusServiceUnavailable || resp.StatusCode == http.StatusTooManyRequests {
		return nil, false, nil
	}
	var receipt commands.Receipt
	if err := json.Unmarshal(body, &receipt); err != nil || resp.StatusCode >= 300 {
		return nil, false, fmt.Errorf("%s: %s", resp.Status, body)
	}
	for _, e := range receipt.Events {
		events = append(events, e.ID)
	}
	return events, true, nil
}

// TestStoppedUnderLoad sends SIGTERM while many command. The server ends by itself and without complaint, everything that it acknowledged is in the ledger, and when all commands are sent again to
// the next server, each is there exactly once.
func TestStoppedUnderLoad(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "d")
	p := serveProcess(t, data)
	var next, acked atomic.Int64
	var mu sync.Mutex
	acknowledged := map[int][]domain.EventID{}
	var all sync.WaitGroup
	failed := make(chan error, 32)
	for range 32 {
		all.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			for {
				n := int(next.Add(1))
				events, ok, err := p.openEdition(client, n)
				if err != nil {
					failed <- err
					return
				}
				if !ok {
					return // the server has gone
				}
				mu.Lock()
				acknowledged[n] = events
				mu.Unlock()
				if acked.Add(1) == 300 {
					_ = p.Process.Signal(syscall.SIGTERM)
				}
			}
		})
	}
	all.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	require.NoError(t, p.Wait(), "%s", p.words)
	require.Contains(t, p.words.String(), "everything acknowledged is kept")
	require.GreaterOrEqual(t, len(acknowledged), 300)
	have := map[domain.EventID]bool{}
	for _, id := range records(t, data) { // which fails where one stands twice
		have[id] = true
	}
	for n, events := range acknowledged {
		require.NotEmpty(t, events)
		for _, id := range events {
			require.True(t, have[id], "command %d was acknowledged and is not there", n)
		}
	}

	again := serveProcess(t, data)
	for n := 1; n <= int(next.Load()); n++ {
		events, ok, err := again.openEdition(http.DefaultClient, n)
		require.NoError(t, err)
		require.True(t, ok)
		if was := acknowledged[n]; was != nil {
			require.Equal(t, was, events, "the same receipt")
		}
	}
	require.NoError(t, again.Process.Signal(syscall.SIGTERM))
	require.NoError(t, again.Wait())
	require.Len(t, records(t, data), int(next.Load()))
}

// TestServedOverTLS asks over HTTP/2 with a certificate that it knows.
func TestServedOverTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, writeCertificate(cert, key, 1))
	p := serveProcess(t, filepath.Join(dir, "d"), "--tls-cert", cert, "--tls-key", key)
	require.True(t, strings.HasPrefix(p.url, "https://"))
	pem, err := os.ReadFile(cert)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(pem))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	resp, err := client.Get(p.url + "/livez")
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, 2, resp.ProtoMajor)
	require.Contains(t, resp.Header.Get("Strict-Transport-Security"), "max-age=")
	_, err = (&http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MaxVersion: tls.VersionTLS11}}}).Get(p.url)
	require.Error(t, err)
}
