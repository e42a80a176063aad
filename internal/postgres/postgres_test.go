package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

func said(code string) error {
	return fmt.Errorf("step: %w", &pgconn.PgError{Code: code, Message: "m"})
}

// What may be over later is told apart from what will not, and everything stays what it was.
func TestInterpret(t *testing.T) {
	t.Parallel()
	for err, away := range map[error]bool{
		said("08006"): true, said("57P01"): true, said("57P03"): true, said("53100"): true, said("53300"): true, said("58030"): true, said("40001"): true, said("25P03"): true, said("57014"): true,
		io.EOF: true, io.ErrUnexpectedEOF: true, pgconn.ErrConnClosed: true, context.DeadlineExceeded: true, &net.OpError{Err: errors.New("reset")}: true, &pgconn.ConnectError{}: true,
		said("42501"): false, said("28P01"): false, said("42P01"): false, said("22021"): false, said("23505"): false, said("XX001"): false, said("57P04"): false,
		context.Canceled: false, errors.New("ours"): false,
	} {
		if _, bare := err.(*pgconn.ConnectError); bare { // it has nothing to print
			require.True(t, isAway(err))
			continue
		}
		got := Interpret(err)
		require.Equal(t, away, errors.Is(got, ErrAway), "%v", err)
		require.ErrorIs(t, got, err)
		require.Equal(t, fmt.Sprint("again: ", got), Interpret(fmt.Errorf("again: %w", got)).Error(), "once is enough")
	}
	require.NoError(t, Interpret(nil))
	require.ErrorContains(t, Interpret(said("53100")), "make room")
	require.ErrorContains(t, Interpret(said("42501")), "daybook_writer")
	require.ErrorContains(t, Interpret(said("28P01")), "password file")
	require.True(t, Damaged(said("XX001")) && Damaged(said("XX002")) && !Damaged(said("53100")))
}

func TestRetry(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"40001", "40P01", "23505"} {
		n := 0
		require.NoError(t, Retry(t.Context(), func() error {
			if n++; n < 4 {
				return said(code)
			}
			return nil
		}))
		require.Equal(t, 4, n)
	}
	n := 0
	require.ErrorIs(t, Retry(t.Context(), func() error { n++; return ErrAgain }), ErrAgain)
	require.Equal(t, tries, n)
	n = 0
	require.ErrorContains(t, Retry(t.Context(), func() error { n++; return said("53100") }), "53100")
	require.Equal(t, 1, n, "what is away is for the caller")
	done, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, Retry(done, func() error { return ErrAgain }), context.Canceled)
}

// What has begun has a while left when its caller goes, and no more.
func TestFinish(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	finish, done := Finish(ctx, time.Minute)
	defer done()
	began := time.Now()
	cancel()
	require.NoError(t, finish.Err())
	<-finish.Done()
	require.GreaterOrEqual(t, time.Since(began), patience)

	finish, done = Finish(t.Context(), time.Millisecond)
	defer done()
	<-finish.Done()
	require.ErrorIs(t, finish.Err(), context.DeadlineExceeded)
}
