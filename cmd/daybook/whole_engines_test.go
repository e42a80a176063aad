package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/internal/pgtest"
	"daybook.internal/ledger/esdbserver"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/projections"
)

// protocol is a ledger behind the protocol of KurrentDB, on a socket of its own. It can be taken away and brought back.
type protocol struct {
	kept  *ledgertest.Memory
	at    string
	stop  context.CancelFunc
	ended chan error
}

func newProtocol(t *testing.T) *protocol {
	t.Helper()
	p := &protocol{kept: ledgertest.NewMemory()}
	p.kept.MaxRecord = 1 << 20
	p.start(t, "127.0.0.1:0")
	t.Cleanup(func() { p.leave(t) })
	return p
}

func (p *protocol) start(t *testing.T, address string) {
	t.Helper()
	var at net.Listener
	soon(t, address+" is free", func() (free bool) {
		var err error
		at, err = net.Listen("tcp", address)
		return err == nil
	})
	var ctx context.Context
	ctx, p.stop = context.WithCancel(context.Background())
	p.at, p.ended = at.Addr().String(), make(chan error, 1)
	go func() {
		p.ended <- esdbserver.New(p.kept, esdbserver.Options{Append: p.kept, MaxAppend: 16 << 20}).Serve(ctx, at)
	}()
}

// leave ends the server. Its ledger stays.
func (p *protocol) leave(t *testing.T) {
	t.Helper()
	if p.stop != nil {
		p.stop()
		require.NoError(t, <-p.ended)
		p.stop = nil
	}
}

func (p *protocol) url() string { return "kurrentdb://" + p.at + "?tls=false&gossipTimeout=1" }

// ask sends a command, and gives the answer.
func (s *served) ask(t *testing.T, id, name, content string) (status int, body, retry string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/v1/commands/"+name, strings.NewReader(content))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", id)
	r.Header.Set("Daybook-Actor", "coordinator:ada@pt_x")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(b), answer.Header.Get("Retry-After")
}

// documents are the documents of all views as they are served, a page of each.
func (s *served) documents(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, v := range projections.All() {
		status, body := get(t, s.url+"/v1/views/"+v.Name+"?limit=200")
		require.Equal(t, http.StatusOK, status, body)
		var page struct {
			Documents []json.RawMessage `json:"documents"`
		}
		require.NoError(t, json.Unmarshal([]byte(body), &page))
		for _, d := range page.Documents {
			all[v.Name] += string(d) + "\n"
		}
	}
	return all
}

// ready waits until a server says that it is.
func (s *served) ready(t *testing.T) {
	t.Helper()
	soon(t, s.url+" is ready", func() bool {
		status, _ := get(t, s.url+"/readyz")
		return status == http.StatusOK
	})
}

func edition(id string) string {
	return `{"edition":"` + id + `","title":{"source":"en","text":{"en":"One"}},"mandate":{"source":"en","text":{"en":"To try"}},"languages":["en"],"coordinator":"pt_x","decisionOwners":[]}`
}

// vaultMoved: a vault moves to PostgreSQL and back, is looked after there, and is the same everywhere.
func vaultMoved(t *testing.T, w *whole, database pgtest.Database) {
	w.run(t, 0, "daybook simulate --data moves --countries 2 --citizens 10 --online 2 -q -o csv")
	w.run(t, 0, "daybook copy --from moves --to back")
	key, dsn := w.path("moves/vault.key"), database.DSN(pgtest.Writer)
	checked := func(args ...string) string {
		out, _ := w.run(t, 0, "daybook vault check -o json --vault-key "+key, args...)
		return out
	}
	want := checked("--data", "moves")
	_, said := w.run(t, 1, "daybook vault check --data moves", "--vault", dsn)
	require.Contains(t, said, "nothing was sealed in the vault")
	for range 2 {
		out, _ := w.run(t, 0, "daybook vault copy --data moves -o json", "--to", dsn)
		require.Regexp(t, `"openings": [1-9]`, out)
	}
	require.Equal(t, want, checked("--data", "moves", "--vault", dsn))
	w.run(t, 0, "daybook vault copy --data moves --to back", "--vault", dsn)
	require.Equal(t, want, checked("--data", "back"))
	_, said = w.run(t, 2, "daybook vault copy --data moves --to moves")
	require.Contains(t, said, "--to is the vault that is copied")

	_, said = w.run(t, 1, "daybook vault compact --data moves", "--vault", dsn)
	require.Contains(t, said, "compact as the owner")
	w.run(t, 0, "daybook vault compact --data moves", "--vault", database.DSN(pgtest.Owner))
	w.run(t, 0, "daybook vault rotate --data moves --new-key next.key", "--vault", dsn)
	require.Equal(t, want, checked("--data", "moves", "--vault", dsn, "--vault-key", w.path("next.key")))
	_, said = w.run(t, 1, "daybook vault check --data moves --vault-key "+key, "--vault", dsn)
	require.Contains(t, said, "it was sealed under the key")
	_, said = w.run(t, 1, "daybook vault upgrade --data moves", "--vault", dsn)
	require.Contains(t, said, "there is nothing to upgrade")
}

// onEngines: an edition on KurrentDB's protocol and PostgreSQL is, to the byte, that of the embedded engines; two servers share it, and where the one that runs the commands is killed, the
// other goes on; what the one has published is verified by somebody who trusts nobody.
func onEngines(t *testing.T, w *whole) {
	server := pgtest.Launch(t, pgtest.Options{})
	database := server.New(t)
	vaultMoved(t, w, server.New(t))
	there := newProtocol(t)
	w.write(t, "dsn", database.DSN(pgtest.Writer)+"\n")
	engines := []string{"--ledger", there.url(), "--store", database.DSN(pgtest.Writer), "--vault", database.DSN(pgtest.Writer), "--vault-key", w.path("vault.key")}

	const simulate = "daybook simulate --seed 7 --countries 2 --citizens 12 --online 4 -q -o csv --data "
	w.run(t, 0, simulate+"plain")
	w.run(t, 0, simulate+"a", engines...)
	same := func(to ...string) {
		var out [2]string
		for i, args := range [][]string{{"--from", "plain", "--to", "copied"}, to} {
			said, _ := w.run(t, 0, "daybook copy -o json", args...)
			var r copied
			require.NoError(t, json.Unmarshal([]byte(said), &r))
			out[i] = r.Root
		}
		require.Equal(t, out[0], out[1])
	}
	same("--from", there.url(), "--to", "from-there")

	plain := w.serve(t, "daybook serve --data plain --no-log --listen 127.0.0.1:0")
	_, said := w.run(t, 1, "daybook serve --data a --listen 127.0.0.1:0", engines...)
	require.Contains(t, said, "'daybook key --data a' makes it", "no key is made where another server may have one")
	out, _ := w.run(t, 0, "daybook key --data a")
	w.write(t, "log.pub", out)
	a := w.serve(t, "daybook serve --data a --listen 127.0.0.1:0 --admin 127.0.0.1:0", engines...)
	a.ready(t)
	soon(t, "a leads", func() bool { return strings.Contains(a.said(), "this server keeps the views up now") })
	b := w.serve(t, "daybook serve --data b --no-log --listen 127.0.0.1:0", engines...)
	b.ready(t)
	want := plain.documents(t)
	require.NotEmpty(t, want["country"])
	require.Equal(t, want, a.documents(t))
	require.Equal(t, want, b.documents(t))

	// The one runs the commands, the other says so; both serve what follows. The plain one is told the same.
	soon(t, "a runs a command", func() bool {
		status, _, _ := a.ask(t, "k-1", "open-edition", edition("ed_one"))
		return status == http.StatusCreated
	})
	status, said, retry := b.ask(t, "k-2", "open-edition", edition("ed_two"))
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, said, "standing-by")
	require.NotEmpty(t, retry)
	shows := func(s *served, id string) {
		soon(t, id+" is shown", func() bool {
			status, _ := get(t, s.url+"/v1/views/edition/"+id)
			return status == http.StatusOK
		})
	}
	shows(a, "ed_one")
	shows(b, "ed_one")
	_, said = w.run(t, 1, "daybook run day.ndjson --data c", append([]string{"-q"}, engines...)...)
	require.Contains(t, said, "no such file")
	w.write(t, "nothing.ndjson", "")
	_, said = w.run(t, 1, "daybook run nothing.ndjson --data c", engines...)
	require.Contains(t, said, "another server keeps up the views")
	for _, command := range []string{"daybook replay", "daybook vault check", "daybook view list"} {
		w.run(t, 0, command+" --data c -o json", engines...)
		c := w.command(command + " --data c -o json")
		c.Env = append(os.Environ(), "DAYBOOK_LEDGER="+there.url(), "DAYBOOK_STORE_FILE="+w.path("dsn"), "DAYBOOK_VAULT_FILE="+w.path("dsn"), "DAYBOOK_VAULT_KEY_FILE="+w.path("vault.key"))
		said, err := c.CombinedOutput()
		require.NoError(t, err, "%s", said)
	}
	soon(t, "the log covers it", func() bool {
		status, _ := get(t, a.url+"/v1/receipts/0")
		return status == http.StatusOK
	})
	w.run(t, 0, "auditor verify "+a.url+" --key log.pub")

	// One that hangs is taken over as well, and knows it as soon as it goes on: it runs no command that another one may have overtaken.
	require.NoError(t, a.cmd.Process.Signal(syscall.SIGSTOP))
	soon(t, "b runs the commands", func() bool {
		status, _, _ := b.ask(t, "k-hung", "open-edition", edition("ed_hung"))
		return status == http.StatusCreated
	})
	require.NoError(t, a.cmd.Process.Signal(syscall.SIGCONT))
	status, said, _ = a.ask(t, "k-late", "open-edition", edition("ed_late"))
	require.Equal(t, http.StatusServiceUnavailable, status, said)
	shows(a, "ed_hung")
	require.Equal(t, 0, b.stop(syscall.SIGINT))
	soon(t, "a runs the commands again", func() bool {
		status, _, _ := a.ask(t, "k-hung", "open-edition", edition("ed_hung"))
		return status == http.StatusCreated
	})
	b = w.serve(t, "daybook serve --data b --no-log --listen 127.0.0.1:0", engines...)
	b.ready(t)

	// Killed, the one is taken over by the other.
	require.Equal(t, -1, a.stop(syscall.SIGKILL))
	began := time.Now()
	soon(t, "b runs the commands", func() bool {
		status, _, _ := b.ask(t, "k-2", "open-edition", edition("ed_two"))
		return status == http.StatusCreated
	})
	t.Logf("taken over after %v", time.Since(began))
	shows(b, "ed_two")

	// Back, it stands by, publishes what was recorded meanwhile, and takes over in turn.
	a = w.serve(t, "daybook serve --data a --listen 127.0.0.1:0", engines...)
	a.ready(t)
	shows(a, "ed_two")
	status, said, _ = a.ask(t, "k-3", "open-edition", edition("ed_three"))
	require.Equal(t, http.StatusServiceUnavailable, status, said)
	require.Equal(t, 0, b.stop(syscall.SIGINT))
	soon(t, "a runs the commands", func() bool {
		status, _, _ := a.ask(t, "k-3", "open-edition", edition("ed_three"))
		return status == http.StatusCreated
	})
	shows(a, "ed_three")

	// While the ledger is away nobody hears anything wrong, and afterwards all goes on.
	address := there.at
	there.leave(t)
	status, said, retry = a.ask(t, "k-4", "open-edition", edition("ed_four"))
	require.Equal(t, http.StatusServiceUnavailable, status, said)
	require.Regexp(t, "engine-away|outcome-unknown", said)
	require.NotEmpty(t, retry)
	status, said = get(t, a.url+"/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, said, "ledger")
	status, _ = get(t, a.url+"/v1/views/edition/ed_three")
	require.Equal(t, http.StatusOK, status, "views are served all the same")
	there.start(t, address)
	soon(t, "the ledger is back", func() bool {
		status, _, _ := a.ask(t, "k-4", "open-edition", edition("ed_four"))
		return status == http.StatusCreated
	})
	shows(a, "ed_four")
	a.ready(t)

	// The same while PostgreSQL is: killed in the middle of its work, it comes back, and so does the lead.
	server.Kill()
	soon(t, "that the views are away is told", func() bool {
		status, said := get(t, a.url+"/v1/views/edition/ed_four")
		return status == http.StatusServiceUnavailable && strings.Contains(said, "engine-away")
	})
	soon(t, "no command is run", func() bool {
		status, said, _ := a.ask(t, "k-5", "open-edition", edition("ed_five"))
		return status == http.StatusServiceUnavailable && strings.Contains(said, "standing-by")
	})
	status, _ = get(t, a.url+"/log/checkpoint")
	require.Equal(t, http.StatusOK, status, "the log is files")
	require.NoError(t, server.Start())
	soon(t, "a runs the commands again", func() bool {
		status, _, _ := a.ask(t, "k-5", "open-edition", edition("ed_five"))
		return status == http.StatusCreated
	})
	shows(a, "ed_five")
	a.ready(t)

	// The embedded one, told the same, serves the same; and the record is the same but for the times.
	for i, id := range []string{"ed_one", "ed_two", "ed_three", "ed_four", "ed_five"} {
		status, said, _ := plain.ask(t, "k-"+string(rune('1'+i)), "open-edition", edition(id))
		require.Equal(t, http.StatusCreated, status, said)
		shows(plain, id)
	}
	for _, view := range []string{"country", "global", "recommendation", "dialogue"} {
		require.Equal(t, plain.documents(t)[view], a.documents(t)[view], view)
	}
	require.Equal(t, 0, a.stop(syscall.SIGINT))
	w.run(t, 0, "daybook publish --check --data a -o json", engines...)
	w.run(t, 0, "daybook export bundle --data a --out edition.zip", engines...)
	w.run(t, 0, "auditor verify edition.zip --key log.pub")
	said, words := w.run(t, 0, "daybook backup --data a --to backup -o json", engines...)
	require.Contains(t, said, `"left"`)
	require.Contains(t, words, "pg_dump")
	w.run(t, 0, "daybook replay --data backup -o json")
	require.FileExists(t, w.path("a/ledger.count"))
	for _, name := range []string{"ledger.db", "views.db", "vault.db", "vault.key"} {
		require.NoFileExists(t, filepath.Join(w.dir, "a", name))
	}
}
