package postgres

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/internal/pgtest"
	"daybook.internal/ledger/ledgertest"
	"daybook.internal/projections"
	"daybook.internal/readstore"
)

// readDSN makes the program of these tests one of several servers that read one PostgreSQL: it reads documents for two seconds and says how many, and its CPU time.
const readDSN = "DAYBOOK_BENCH_READ_DSN"

const readers = 16 // callers in each process

func readForBenchmark(dsn string) error {
	s, err := Open(context.Background(), Config{DSN: dsn})
	if err != nil {
		return err
	}
	defer s.Close()
	var refs []projections.Ref
	for _, view := range []string{"statement", "country"} {
		for d, err := range s.List(context.Background(), view, "", 0) {
			if err != nil {
				return err
			}
			refs = append(refs, projections.Ref{View: view, Key: d.Key})
		}
	}
	var n atomic.Int64
	var all sync.WaitGroup
	var failed atomic.Pointer[error]
	used, end := cpu(), time.Now().Add(2*time.Second)
	for i := range readers {
		all.Go(func() {
			for at := i; time.Now().Before(end); at += 7919 {
				if _, err := s.Get(context.Background(), refs[at%len(refs)]); err != nil {
					failed.Store(&err)
					return
				}
				n.Add(1)
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	fmt.Println(n.Load(), (cpu() - used).Microseconds())
	return nil
}

// BenchmarkReaders lets one, two and three processes read documents from one PostgreSQL on the same cores: so what shows is not how many more machines would read, but
// whether one more server costs the others anything besides cores. Whether anything is written meanwhile is in the name.
func BenchmarkReaders(b *testing.B) {
	records, err := smaller()
	require.NoError(b, err)
	server := pgtest.Launch(b, pgtest.Options{Durable: true, Disk: true, Settings: []string{"shared_buffers=128MB"}})
	d := server.New(b)
	s, err := Open(b.Context(), Config{DSN: d.DSN(pgtest.Writer)})
	require.NoError(b, err)
	defer s.Close()
	l := ledgertest.NewMemory()
	at := len(records) - 30_000
	appended(b, l, records[:at])
	p := readstore.NewProjector(l, s, projections.All(), readstore.Options{Pace: 10 * time.Millisecond})
	require.NoError(b, p.CatchUp(b.Context(), nil))
	for _, writes := range []bool{false, true} {
		for _, n := range []int{1, 2, 3} {
			name := fmt.Sprintf("processes=%d", n)
			if writes {
				name += "/following=2000"
			}
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					stop := func() {}
					if writes {
						stop = following(b, p, l, records, &at)
					}
					reads, used := readTogether(b, d.DSN(pgtest.Writer), n)
					stop()
					b.ReportMetric(float64(reads)/2, "documents/s")
					b.ReportMetric(float64(used)/float64(reads), "cpu-µs/document")
				}
			})
		}
	}
}

// following keeps the views up with 2,000 events a second, from *at on, until stop is called.
func following(b *testing.B, p *readstore.Projector, l *ledgertest.Memory, records []domain.Record, at *int) (stop func()) {
	ctx, cancel := context.WithCancel(b.Context())
	var all sync.WaitGroup
	all.Go(func() {
		if err := p.Run(ctx); err != nil {
			b.Error(err)
		}
	})
	all.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil && *at+20 <= len(records) {
			appended(b, l, records[*at:*at+20])
			*at += 20
			<-tick.C
		}
	})
	return func() {
		cancel()
		all.Wait()
	}
}

func readTogether(b *testing.B, dsn string, n int) (reads, used int64) {
	b.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			c := exec.Command(os.Args[0])
			c.Env = append(os.Environ(), readDSN+"="+dsn)
			out, err := c.CombinedOutput()
			var r, u int64
			if _, scanned := fmt.Sscan(strings.TrimSpace(string(out)), &r, &u); err != nil || scanned != nil {
				b.Errorf("%v: %s", err, out)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			reads, used = reads+r, used+u
		})
	}
	all.Wait()
	return reads, used
}
