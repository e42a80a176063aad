package vaulttest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"daybook.internal/domain"
	"daybook.internal/vault"
	"github.com/stretchr/testify/require"
)

// Bench measures a vault that is empty at first, whose disk is that of b.TempDir. Openings are those of open answers: 120 bytes, one or more of each person.
//
// The floors of the same run: the cryptography of one opening alone, which is a key derived and AES-256-GCM over it, and a write of as many bytes and its fsync.
func Bench(b *testing.B, v vault.Vault) {
	n := 0
	words := func(subjects, each int) (out []vault.Words) {
		for range subjects {
			subject := domain.StreamID(fmt.Sprintf("test-%d", n))
			for i := range each {
				n++
				at := vault.Place{Event: domain.NewEventID("bench", subject, i), Field: "text"}
				out = append(out, vault.Words{Place: at, Subject: subject, Words: []byte(strings.Repeat("word ", 24))})
			}
		}
		return out
	}
	b.Run("floor=crypto", func(b *testing.B) {
		w := words(1, 1)[0]
		o, k := vault.Opening{Place: w.Place, Subject: w.Subject, Words: w.Words}, vault.SubjectKey{1}
		for b.Loop() {
			if _, ok := k.Unseal(o.Place, o.Subject, k.Seal(o)); !ok {
				b.Fatal("it does not open")
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sealed-and-opened/s")
	})
	b.Run("floor=fsync", func(b *testing.B) {
		f, err := os.Create(filepath.Join(b.TempDir(), "raw"))
		require.NoError(b, err)
		defer f.Close()
		timed(b, "fsyncs", 1, func() {
			_, err := f.Write(make([]byte, 400))
			require.NoError(b, err)
			require.NoError(b, f.Sync())
		})
	})
	for _, size := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("seal=%d", size), func(b *testing.B) {
			timed(b, "sealed", size, func() {
				_, err := v.Seal(b.Context(), words((size+9)/10, min(size, 10))...)
				require.NoError(b, err)
			})
		})
	}
	b.Run("seal=1/callers=64", func(b *testing.B) {
		all := make([][]vault.Words, b.N)
		for i := range all {
			all[i] = words(1, 1)
		}
		b.ResetTimer()
		together(b, "sealed", func(i int) error {
			_, err := v.Seal(b.Context(), all[i]...)
			return err
		})
	})
	sealed := words(100, 10)
	_, err := v.Seal(b.Context(), sealed...)
	require.NoError(b, err)
	at := 0
	b.Run("open", func(b *testing.B) {
		timed(b, "opened", 1, func() {
			at = (at + 7919) % len(sealed)
			_, err := v.Open(b.Context(), sealed[at].Place)
			require.NoError(b, err)
		})
	})
	b.Run("open/callers=64", func(b *testing.B) {
		together(b, "opened", func(i int) error {
			_, err := v.Open(b.Context(), sealed[i*7919%len(sealed)].Place)
			return err
		})
	})
}

// timed reports how many of what there are in a second, each do making so many of them, and how long half of the calls take at most.
func timed(b *testing.B, what string, each int, do func()) {
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		do()
		took = append(took, time.Since(start))
	}
	sum := time.Duration(0)
	for _, t := range took {
		sum += t
	}
	slices.Sort(took)
	b.ReportMetric(float64(len(took)*each)/sum.Seconds(), what+"/s")
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1000, "p50-µs")
}

// together lets 64 callers do b.N things.
func together(b *testing.B, what string, do func(i int) error) {
	var next atomic.Int64
	var done sync.WaitGroup
	start := time.Now()
	for range 64 {
		done.Go(func() {
			for i := int(next.Add(1)) - 1; i < b.N; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	done.Wait()
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), what+"/s")
}
