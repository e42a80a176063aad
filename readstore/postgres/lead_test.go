package postgres

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/internal/pgtest"
	"daybook.internal/ledger"
	ledgersqlite "daybook.internal/ledger/sqlite"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// takeover is within how much time another server must keep the views up.
const takeover = 5 * time.Second

var v1 = readstore.ViewVersion{View: "statement", Version: 1}

func doc(key, data string) readstore.Doc {
	return readstore.Doc{Ref: projections.Ref{View: v1.View, Key: key}, Version: v1.Version, Document: projections.Document{At: 1, Data: []byte(data)}}
}

func lead(t *testing.T, s *Store) (context.Context, func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*takeover)
	defer cancel()
	leading, release, err := s.Lead(ctx)
	require.NoError(t, err)
	_ = leading
	return context.WithoutCancel(leading), release
}

// Of two servers one leads. The other one writes nothing, until the first lets go.
func TestOneLeads(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	a, b := open(t, d), open(t, d)
	first, release := lead(t, a)
	require.NoError(t, a.Commit(first, v1, ledger.Cursor{}, ledger.Cursor{Seq: 1}, nil))
	err := b.Commit(t.Context(), v1, ledger.Cursor{Seq: 1}, ledger.Cursor{Seq: 2}, nil)
	require.ErrorIs(t, err, readstore.ErrAway)
	require.ErrorContains(t, err, "another process keeps it up")
	require.ErrorIs(t, b.Serve(t.Context(), v1), readstore.ErrAway)
	brief, cancel := context.WithTimeout(t.Context(), 3*askEvery)
	defer cancel()
	_, _, err = b.Lead(brief)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	at, err := b.Cursor(t.Context(), v1)
	require.NoError(t, err, "everybody reads")
	require.Equal(t, uint64(1), at.Seq)

	_, again := lead(t, a)
	release()
	require.ErrorIs(t, b.Commit(t.Context(), v1, ledger.Cursor{Seq: 1}, ledger.Cursor{Seq: 2}, nil), readstore.ErrAway, "two of one process lead together")
	again()
	second, release := lead(t, b)
	defer release()
	require.NoError(t, b.Commit(second, v1, ledger.Cursor{Seq: 1}, ledger.Cursor{Seq: 2}, nil))
	require.ErrorIs(t, a.Commit(first, v1, ledger.Cursor{Seq: 2}, ledger.Cursor{Seq: 3}, nil), readstore.ErrAway)
}

// Who leads is sure of it while it shows itself.
func TestSureOfTheLead(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	a := open(t, d)
	require.False(t, a.Leads(), "nobody has asked")
	_, release := lead(t, a)
	defer release()
	require.True(t, a.Leads())
	ses := <-a.turn // held, so that it does not beat
	require.Eventually(t, func() bool { return !a.Leads() }, 2*takeover, 10*time.Millisecond)
	a.turn <- ses
	waits, err := strconv.Atoi(silence)
	require.NoError(t, err)
	require.Less(t, sureFor, time.Duration(waits)*time.Millisecond, "it gives up before the server does")
	require.Eventually(t, func() bool {
		return a.Serve(t.Context(), v1) == nil && a.Leads() // whoever writes shows itself
	}, 2*takeover, 10*time.Millisecond)
}

// Who stands by is not sure of a lead that it does not have, though its session beats; nor is who has given the lead away.
func TestNotSureOfAnothersLead(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	a, b := open(t, d), open(t, d)
	_, release := lead(t, a)
	require.ErrorIs(t, b.Serve(t.Context(), v1), readstore.ErrAway)
	ses := <-b.turn
	require.False(t, ses.leads)
	pid := ses.conn.PgConn().PID()
	beats := d.Connect(t, pgtest.Superuser)
	b.turn <- ses
	require.Eventually(t, func() bool { // it has beaten since
		var n int
		err := beats.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND query LIKE '%ping%' AND state = 'idle'", pid).Scan(&n)
		return err == nil && n == 1
	}, 2*takeover, 10*time.Millisecond)
	b.turn <- <-b.turn // and has noted the answer
	require.False(t, b.Leads())
	release()
	require.False(t, a.Leads())
}

// Who closes gives the lead away.
func TestCloseGivesTheLead(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	a, b := open(t, d), open(t, d)
	lead(t, a)
	require.NoError(t, a.Close())
	lead(t, b)
	_, _, err := a.Lead(t.Context())
	require.ErrorContains(t, err, "closed")
}

// Whoever has lost the connection has lost the lead, hears of it, and writes nothing in its name, even if nobody has it.
func TestConnectionIsCut(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	a := open(t, d)
	leading, release, err := a.Lead(t.Context())
	require.NoError(t, err)
	defer release()
	require.NoError(t, a.Commit(leading, v1, ledger.Cursor{}, ledger.Cursor{Seq: 1}, nil))
	d.Exec(t, pgtest.Superuser, cut)
	select {
	case <-leading.Done():
		require.ErrorIs(t, context.Cause(leading), readstore.ErrAway)
	case <-time.After(takeover):
		t.Fatal("nobody said so")
	}
	require.ErrorIs(t, a.Commit(context.WithoutCancel(leading), v1, ledger.Cursor{Seq: 1}, ledger.Cursor{Seq: 2}, nil), readstore.ErrAway)
	next, release := lead(t, a)
	defer release()
	require.ErrorIs(t, a.Commit(context.WithoutCancel(leading), v1, ledger.Cursor{Seq: 1}, ledger.Cursor{Seq: 2}, nil), readstore.ErrAway, "the old lead is over")
	require.NoError(t, a.Commit(next, v1, ledger.Cursor{Seq: 1}, ledger.Cursor{Seq: 2}, nil))
}

// cut ends the connection of whoever keeps the views up.
const cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'daybook projector' AND datname = current_database()"

// A process that hangs says nothing; neither does one whose network is gone. PostgreSQL takes the lead from it.
func TestLeaderHangs(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	a, b := open(t, d), open(t, d)
	leading, release := lead(t, a)
	hanging := <-a.turn // nothing beats any longer
	began := time.Now()
	second, releaseB := lead(t, b)
	require.Less(t, time.Since(began), takeover)
	a.turn <- hanging
	require.ErrorIs(t, a.Commit(leading, v1, ledger.Cursor{}, ledger.Cursor{Seq: 1}, nil), readstore.ErrAway)
	require.NoError(t, b.Commit(second, v1, ledger.Cursor{}, ledger.Cursor{Seq: 1}, nil))
	release()
	releaseB()
}

// While PostgreSQL is away, who wants to lead waits; what cannot get better is said at once.
func TestLeadWaits(t *testing.T) {
	t.Parallel()
	s := pgtest.Launch(t, pgtest.Options{Durable: true})
	d := s.New(t)
	a := open(t, d)
	s.Kill()
	led := make(chan error, 1)
	go func() {
		_, _, err := a.Lead(t.Context())
		led <- err
	}()
	time.Sleep(2 * askEvery)
	require.NoError(t, s.Start())
	require.NoError(t, <-led)

	r, err := Open(t.Context(), Config{DSN: d.DSN(pgtest.Writer), ReadOnly: true})
	require.NoError(t, err)
	defer r.Close()
	_, _, err = r.Lead(t.Context())
	require.ErrorContains(t, err, "reading only")
	done, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = a.Lead(done)
	require.ErrorIs(t, err, context.Canceled)
}

// Who stands by knows how far the views are, and goes on from there when it is its turn.
func TestStandBy(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t)
	watched(t, d)
	l, records := memory(t, 1000, 3000)
	a := run(t, l, open(t, d), readstore.Options{Batch: 100})
	require.NoError(t, a.Await(t.Context(), 999))
	s := open(t, d)
	b := run(t, l, s, readstore.Options{})
	require.NoError(t, b.Await(t.Context(), 999))
	appended(t, l, records[1000:2000])
	require.NoError(t, b.Await(t.Context(), 1999))
	require.GreaterOrEqual(t, a.Position(), b.Position())
	require.NoError(t, a.stop())
	appended(t, l, records[2000:])
	require.NoError(t, b.Await(t.Context(), 2999))
	require.NoError(t, b.stop())
	requireReplay(t, s, records)
	require.Equal(t, 2, requireInTurns(t, d))
}

// A record that cannot be read is no reason to try again: Run ends, whoever leads.
func TestRunEnds(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.New(t))
	l, _ := memory(t, 10, 10)
	_, err := l.Append(t.Context(), "test-bad", 0, ledger.Draft{ID: domain.EventID{1}, Type: "from-the-future.v1", Meta: []byte("{}"), Data: []byte("{}")})
	require.NoError(t, err)
	require.ErrorContains(t, readstore.NewProjector(l, s, projections.All(), readstore.Options{}).Run(t.Context()), "record 10")
}

// watched lets the database write down who moves the views.
func watched(t *testing.T, d pgtest.Database) {
	t.Helper()
	d.Exec(t, pgtest.Owner, "CREATE TABLE daybook.moved(n bigserial, pid int, at timestamptz DEFAULT clock_timestamp(), view text, seq bigint)",
		`CREATE FUNCTION daybook.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO daybook.moved(pid, view, seq) VALUES (pg_backend_pid(), NEW.view, NEW.seq); RETURN NEW; END $$`,
		"CREATE TRIGGER note AFTER INSERT OR UPDATE ON daybook.builds FOR EACH ROW EXECUTE FUNCTION daybook.note()")
}

// requireInTurns says that nobody went on after another one had begun, that no view went back, and gives how many there were.
func requireInTurns(t *testing.T, d pgtest.Database) int {
	t.Helper()
	rows, err := d.Connect(t, pgtest.Owner).Query(t.Context(), "SELECT pid, view, seq FROM daybook.moved ORDER BY n")
	require.NoError(t, err)
	var pid, last int
	var view string
	var seq int64
	gone, at := map[int]bool{}, map[string]int64{}
	_, err = pgx.ForEachRow(rows, []any{&pid, &view, &seq}, func() error {
		if pid != last {
			require.False(t, gone[pid], "%d goes on after somebody else", pid)
			gone[last], last = true, pid
		}
		require.GreaterOrEqual(t, seq, at[view])
		at[view] = seq
		return nil
	})
	require.NoError(t, err)
	return len(gone)
}

// Two processes on one database and one ledger. The one that keeps the views up is killed, again and again; each time the other one goes on within five seconds. The test starts
// itself as those processes.
func TestServersAreKilled(t *testing.T) {
	const marker = "DAYBOOK_PROJECT"
	if where := os.Getenv(marker); where != "" {
		path, dsn, _ := strings.Cut(where, "\n")
		l, err := ledgersqlite.Open(t.Context(), path, ledgersqlite.Options{ReadOnly: true})
		require.NoError(t, err)
		s, err := Open(t.Context(), Config{DSN: dsn})
		require.NoError(t, err)
		fmt.Println("begins")
		t.Fatal(readstore.NewProjector(l, s, projections.All(), readstore.Options{}).Run(t.Context()))
	}
	t.Parallel()
	const servers, kills = 2, 4
	d := pgtest.New(t)
	watched(t, d)
	records := history(t, 6000)
	path := filepath.Join(t.TempDir(), "ledger.db")
	l, err := ledgersqlite.Open(t.Context(), path, ledgersqlite.Options{})
	require.NoError(t, err)
	defer l.Close()
	processes := map[int]*exec.Cmd{} // by the id of their session's client: none; in order of beginning
	begin := func(n int) {
		c := exec.Command(os.Args[0], "-test.run=^TestServersAreKilled$", "-test.v")
		c.Env = append(os.Environ(), marker+"="+path+"\n"+d.DSN(pgtest.Writer))
		out, err := c.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, c.Start())
		for lines := bufio.NewScanner(out); lines.Scan() && !strings.Contains(lines.Text(), "begins"); {
		}
		processes[n] = c
	}
	kill := func(n int) {
		require.NoError(t, processes[n].Process.Signal(syscall.SIGKILL))
		_ = processes[n].Wait()
		delete(processes, n)
	}
	t.Cleanup(func() {
		for n := range processes {
			kill(n)
		}
	})
	reader, err := Open(t.Context(), Config{DSN: d.DSN(pgtest.Writer), ReadOnly: true})
	require.NoError(t, err)
	defer reader.Close()
	reached := func(n int) time.Duration {
		began := time.Now()
		for {
			_, at, _, err := reader.Served(t.Context(), projections.Dialogue.Name)
			require.NoError(t, err)
			if at.Seq >= uint64(n) {
				return time.Since(began)
			}
			require.Less(t, time.Since(began), time.Minute, "nobody goes on from %d", at.Seq)
			time.Sleep(5 * time.Millisecond)
		}
	}
	share := len(records) / (kills + 1)
	appended(t, l, records[:share])
	for n := range servers {
		begin(n)
		if n == 0 {
			reached(share)
		}
	}
	for n := range kills {
		leader := n % servers // it was there first
		go appended(t, l, records[(n+1)*share:(n+2)*share])
		time.Sleep(time.Duration(n*20) * time.Millisecond)
		kill(leader)
		began := time.Now()
		reached((n + 2) * share)
		t.Logf("the other one has caught up with %d records after %v", share, time.Since(began))
		require.Less(t, time.Since(began), takeover)
		begin(leader)
	}
	requireReplay(t, reader, records)
	require.GreaterOrEqual(t, requireInTurns(t, d), kills)
}
