package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/internal/pgtest"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/readstore"
)

// a disturbance goes on beside a projector until it is told to end.
type disturbance func(t *testing.T, ctx context.Context, r *rand.Rand)

// disturbed projects the record while it grows and while something is wrong, and says that the views come to the replay afterwards. It begins with a build from nothing. It gives what the
// projector met.
func disturbed(t *testing.T, r *rand.Rand, s readstore.Store, o readstore.Options, disturb disturbance) (met []string) {
	t.Helper()
	o.Away = func(err error) { met = append(met, err.Error()) }
	records := history(t, 6000)
	l := ledgertest.NewMemory()
	appended(t, l, records[:3000])
	p := run(t, l, s, o)
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan struct{})
	theirs := rand.New(rand.NewPCG(r.Uint64(), 5))
	go func() {
		defer close(ended)
		disturb(t, ctx, theirs)
	}()
	for rest := records[3000:]; len(rest) > 0; {
		n := min(len(rest), 1+r.IntN(200))
		appended(t, l, rest[:n])
		rest = rest[n:]
		pause(ctx, r, 60*time.Millisecond)
	}
	end()
	<-ended
	patience, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	require.NoError(t, p.Await(patience, uint64(len(records)-1)))
	require.NoError(t, p.stop())
	settled(t, s, records)
	if len(met) > 0 {
		t.Logf("the projector met %d faults, the last one %q", len(met), met[len(met)-1])
	}
	return met
}

// settled projects once more what a crash may have taken back after it was told, and compares.
func settled(t *testing.T, s readstore.Store, records []domain.Record) {
	t.Helper()
	l := ledgertest.NewMemory()
	appended(t, l, records)
	p := run(t, l, s, readstore.Options{})
	require.Eventually(t, func() bool {
		_, at, ok, err := s.Served(t.Context(), "dialogue")
		return err == nil && ok && at.Seq == uint64(len(records))
	}, time.Minute, 10*time.Millisecond)
	require.NoError(t, p.stop())
	requireReplay(t, s, records)
}

func pause(ctx context.Context, r *rand.Rand, most time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(r.Int64N(int64(most)))):
	}
}

// PostgreSQL is killed with -9 in the middle of batches, and started again.
func TestServerIsKilled(t *testing.T) {
	t.Parallel()
	seeds(t, 3, func(t *testing.T, r *rand.Rand) {
		server := pgtest.Launch(t, pgtest.Options{Durable: true})
		met := disturbed(t, r, open(t, server.New(t)), readstore.Options{Batch: 50 + r.IntN(500)}, func(t *testing.T, ctx context.Context, r *rand.Rand) {
			for n := 0; n < 4 && ctx.Err() == nil; n++ {
				pause(ctx, r, 300*time.Millisecond)
				server.Kill()
				pause(ctx, r, 200*time.Millisecond)
				if err := server.Start(); err != nil {
					t.Error(err)
				}
			}
		})
		require.NotEmpty(t, met)
	})
}

// One of PostgreSQL's processes is killed with -9: it ends all the others and recovers.
func TestBackendIsKilled(t *testing.T) {
	t.Parallel()
	seeds(t, 2, func(t *testing.T, r *rand.Rand) {
		server := pgtest.Launch(t, pgtest.Options{Durable: true})
		d := server.New(t)
		met := disturbed(t, r, open(t, d), readstore.Options{Batch: 100}, func(t *testing.T, ctx context.Context, r *rand.Rand) {
			for n := 0; n < 3 && ctx.Err() == nil; n++ {
				pause(ctx, r, 400*time.Millisecond)
				var pid int
				conn, err := pgx.Connect(ctx, d.DSN(pgtest.Superuser))
				if err != nil {
					continue // it is recovering
				}
				if err := conn.QueryRow(ctx, "SELECT coalesce(max(pid), 0) FROM pg_stat_activity WHERE application_name = 'daybook projector'").Scan(&pid); err == nil && pid > 0 {
					_ = syscall.Kill(pid, syscall.SIGKILL)
				}
				_ = conn.Close(ctx)
			}
		})
		require.NotEmpty(t, met)
	})
}

// Connections are cut, those that write and those that read, in the middle of whatever they do.
func TestConnectionsAreCut(t *testing.T) {
	t.Parallel()
	seeds(t, 3, func(t *testing.T, r *rand.Rand) {
		d := pgtest.New(t)
		watched(t, d)
		met := disturbed(t, r, open(t, d), readstore.Options{Batch: 50 + r.IntN(500)}, func(t *testing.T, ctx context.Context, r *rand.Rand) {
			conn := d.Connect(t, pgtest.Superuser)
			for n := 0; n < 12 && ctx.Err() == nil; n++ {
				pause(ctx, r, 150*time.Millisecond)
				sql := cut
				if r.IntN(2) == 0 {
					sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
				}
				_, _ = conn.Exec(ctx, sql)
			}
		})
		require.NotEmpty(t, met)
		requireInTurns(t, d)
	})
}

// Somebody changes the same rows at the same time, and transactions are serializable, as a database may be set to for all: some have to give way, and begin again.
func TestSerializationFailures(t *testing.T) {
	t.Parallel()
	seeds(t, 2, func(t *testing.T, r *rand.Rand) {
		d := pgtest.New(t)
		s := open(t, d)
		s.config.RuntimeParams["default_transaction_isolation"] = "serializable"
		gave := 0
		disturbed(t, r, s, readstore.Options{Batch: 40}, func(t *testing.T, ctx context.Context, r *rand.Rand) {
			conn := d.Connect(t, pgtest.Owner)
			for ctx.Err() == nil {
				err := pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.Serializable}, func(tx pgx.Tx) error {
					if _, err := tx.Exec(ctx, "UPDATE daybook.builds SET token = token WHERE view = (SELECT view FROM daybook.builds ORDER BY random() LIMIT 1)"); err != nil {
						return err
					}
					pause(ctx, r, 3*time.Millisecond)
					return nil
				})
				if err != nil && ctx.Err() == nil {
					gave++
				}
			}
		})
		rollbacks := 0
		require.Eventually(t, func() bool {
			require.NoError(t, d.Connect(t, pgtest.Superuser).QueryRow(t.Context(), "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()").Scan(&rollbacks))
			return rollbacks > gave+5
		}, 10*time.Second, 100*time.Millisecond, "the store gave way, too")
		t.Logf("the store gave way %d times, the others %d times", rollbacks-gave, gave)
	})
}

// The disk fills up, in the middle of a batch, and has room again later. PostgreSQL may say so, or stop; both are no loss.
func TestDiskIsFull(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("a small disk is mounted for this, which takes root")
	}
	seeds(t, 2, func(t *testing.T, r *rand.Rand) {
		dir, err := os.MkdirTemp("/tmp", "daybook-disk-")
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, os.Remove(dir)) })
		if err := mount(dir, "192m"); errors.Is(err, syscall.EPERM) {
			t.Skip("nothing can be mounted here: a container without CAP_SYS_ADMIN")
		} else {
			require.NoError(t, err)
		}
		t.Cleanup(func() { require.NoError(t, unmount(dir)) })
		require.NoError(t, os.Chmod(dir, 0o755))
		server := pgtest.Launch(t, pgtest.Options{Durable: true, Dir: dir, Settings: []string{"max_wal_size=32MB", "min_wal_size=32MB", "autovacuum=off"}})
		d := server.New(t)
		full := 0
		met := disturbed(t, r, open(t, d), readstore.Options{Batch: 20 + r.IntN(100)}, func(t *testing.T, ctx context.Context, r *rand.Rand) {
			ballast := filepath.Join(dir, "ballast")
			for n := 0; n < 2; n++ {
				pause(ctx, r, 200*time.Millisecond)
				if fill(t, ballast) {
					full++
				}
				time.Sleep(time.Second)
				if err := os.Remove(ballast); err != nil {
					t.Error(err)
				}
				if conn, err := pgx.Connect(t.Context(), d.DSN(pgtest.Superuser)); err == nil {
					_ = conn.Close(t.Context())
				} else {
					server.Stop()
					if err := server.Start(); err != nil {
						t.Error(err)
					}
				}
			}
		})
		require.NotZero(t, full)
		require.NotEmpty(t, met)
	})
}

// fill writes a file until there is no room.
func fill(t *testing.T, path string) bool {
	f, err := os.Create(path)
	if err != nil {
		t.Error(err)
		return false
	}
	defer f.Close()
	for chunk := make([]byte, 64<<10); ; {
		if _, err := f.Write(chunk); err != nil {
			return errors.Is(err, syscall.ENOSPC)
		}
	}
}
